"""The files for containers say what the code says, as far as that shows without an engine."""

import ast
import re
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from sync_server.config.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
VARIABLES = {name.upper() for name in SETTINGS}


def read(name: str) -> str:
    return (ROOT / name).read_text()


def test_the_image_copies_only_what_exists_and_is_not_ignored() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) ", read("Dockerfile"), re.MULTILINE)
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert set(copied) == allowed
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_holds_every_package_that_the_server_imports() -> None:
    packages = {"migrations", *re.findall(r'"(\w+)\*"', read("setup.py"))}
    assert packages <= set(re.findall(r"^COPY (\S+) \1$", read("Dockerfile"), re.MULTILINE))


def test_compose_sets_only_settings_that_exist() -> None:
    server = read("compose.yaml").partition("  server:\n")[2].partition("  postgres:\n")[0]
    assert set(re.findall(r"^      ([A-Z_]+): ", server, re.MULTILINE)) <= VARIABLES


def test_uploads_have_a_place_that_outlives_the_container() -> None:
    (data_dir,) = re.findall(r"DATA_DIR=(\S+)", read("Dockerfile"))
    assert f"--mode=0700 {data_dir}\n" in read("Dockerfile")
    assert f"- uploads:{data_dir}\n" in read("compose.yaml")
    assert "\n  uploads:\n" in read("compose.yaml").partition("\nvolumes:")[2]


def test_no_secret_has_a_default_in_compose() -> None:
    variables = re.findall(r"\$\{(\w+)(:\?)?", read("compose.yaml"))
    secrets = [it for it in variables if re.search("PASSWORD|KEY|SECRET|TOKEN", it[0])]
    assert {name for name, _ in secrets} == {"APP_PASSWORD", "POSTGRES_PASSWORD", "SECRET_KEYS"}
    assert all(required for _, required in secrets)


def test_the_lock_obeys_the_bounds_and_names_no_index() -> None:
    wanted = set(
        re.findall(r"^    ([A-Za-z][\w.-]*)(?:\[\w+\])?>=", read("setup.cfg"), re.MULTILINE)
    )
    for name in ("requirements.txt", "requirements-dev.txt"):
        lock = read(name)
        assert "://" not in lock
        assert not re.search(r"^-", lock, re.MULTILINE)
    locked = {line.partition("==")[0] for line in read("requirements-dev.txt").splitlines()}
    assert {re.sub(r"[-_.]+", "-", package).lower() for package in wanted} <= locked


def test_the_image_installs_the_locked_packages_by_their_hashes() -> None:
    hashed = re.split(r"\n(?=\S)", read("requirements-hashes.txt").strip())
    assert all("--hash=sha256:" in entry for entry in hashed)
    pinned = {re.split(r"[ \\]", entry)[0] for entry in hashed}
    locked = {line.split(" ")[0] for line in read("requirements.txt").splitlines()}
    assert locked <= pinned, "make lock"
    assert "--require-hashes" in read("Dockerfile")


def test_the_software_bill_of_materials_is_of_what_the_image_installs() -> None:
    (recipe,) = re.findall(r"^sbom:.*\n((?:\t.*\n)+)", read("Makefile"), re.MULTILINE)
    assert "cyclonedx-py requirements" in recipe
    source = recipe.split()[-1]
    assert f" -r /{source}" in read("Dockerfile")


def test_the_application_has_another_password_than_the_owner() -> None:
    urls = re.findall(r"DATABASE_URL: postgresql://(\w+):\$\{(\w+):", read("compose.yaml"))
    assert len({role for role, _ in urls}) == len({password for _, password in urls}) == 2


# Its packages are those of bench/peers/requirements.txt.
OWN_ENVIRONMENT = {ROOT / "bench/peers/fastapi_server.py"}


def imported(*paths: str) -> Iterator[str]:
    """The packages from outside that the code of these files and directories imports."""
    ours = {"sync_server", "schema", "migrations", "seed", "trackforge_client", "tests", "tools"}
    for name in paths:
        path = ROOT / name
        files = {path} if path.is_file() else set(path.rglob("*.py")) - OWN_ENVIRONMENT
        for file in files:
            for node in ast.walk(ast.parse(file.read_text())):
                names: list[str] = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names = [node.module]
                tops = {name.partition(".")[0] for name in names}
                yield from tops - ours - {"bench"} - sys.stdlib_module_names


@pytest.mark.parametrize(
    ("paths", "extras"),
    [
        (
            ("sync_server", "schema", "migrations", "seed.py", "clients/python"),
            ("ocr", "otel", "s3"),
        ),
        (("tests", "tools", "bench"), ("dev",)),
    ],
)
def test_whatever_is_imported_is_required(paths: tuple[str, ...], extras: tuple[str, ...]) -> None:
    # An extra names others as `%(ocr)s`: the parser puts their packages in its place.
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    wanted = setup["options"]["install_requires"].split("\n")
    for extra in extras:
        wanted += setup["options.extras_require"][extra].split("\n")
    required = {re.split(r"[\[<>=;]", re.sub(r"[-_.]+", "-", line))[0].lower() for line in wanted}
    distributions = packages_distributions()
    for package in sorted(set(imported(*paths))):
        names = {re.sub(r"[-_.]+", "-", name).lower() for name in distributions[package]}
        assert names & required, package
