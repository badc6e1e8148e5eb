"""Settings and commands of each deployed process: the server's own parsers accept them."""

import re
import shlex
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from ruamel.yaml import YAML

from sync_server.__main__ import main
from sync_server.config.environment import SECRETS
from sync_server.config.settings import SETTINGS, Config
from sync_server.config.stored_keys import with_keys
from sync_server.routes import ROUTES

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KEYS = "main:2FPhoytE_ALyomOVKRpvRnt8TR1dXUdcXNJXHQ0Jk9Y"
IN_SECRET = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "SECRET_KEYS")
"""Keys of the secret that docs/how-to/deploy.md makes with kubectl."""


class Process(NamedTuple):
    """Command of a process, its settings, and the files of secrets that it has."""

    command: list[str]
    settings: Mapping[str, str]
    secrets: Mapping[str, str]


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text())


def containers(node: Any) -> Iterator[dict[str, Any]]:
    """Containers anywhere in an object of Kubernetes."""
    if isinstance(node, dict):
        yield from node.get("containers", [])
        for value in node.values():
            yield from containers(value)
    elif isinstance(node, list):
        for value in node:
            yield from containers(value)


def image() -> dict[str, str]:
    """Settings that the image has."""
    (line,) = re.findall(r"^ENV (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    variables = dict(part.split("=", 1) for part in shlex.split(line.replace("$", "")))
    names = {name.upper() for name in SETTINGS}
    return {name: value for name, value in variables.items() if name in names}


def compose_processes() -> Iterator[tuple[str, Process]]:
    document = load(DEPLOY / "compose/production.yaml")
    page = (ROOT / "docs/how-to/deploy.md").read_text()
    contents = dict(re.findall(r"^\| `(\w+)` \| `(postgresql:.*?)`", page, re.MULTILINE))
    for name, service in document["services"].items():
        if "build" in service:
            files = {
                f"/run/secrets/{it}": KEYS if it == "secret_keys" else contents[it]
                for it in service["secrets"]
            }
            command = service.get("command", ["python", "-m", "sync_server", "serve"])
            yield f"compose {name}", Process(command[3:], image() | service["environment"], files)


def kubernetes_processes() -> Iterator[tuple[str, Process]]:
    items = load(DEPLOY / "kubernetes/trackforge.yaml")["items"]
    shared = next(it["data"] for it in items if it["kind"] == "ConfigMap")
    values = dict.fromkeys(IN_SECRET, "postgresql://role:password@postgres/trackforge")
    values |= {"SECRET_KEYS": KEYS, "REDIS_URL": "redis://valkey:6379/0"}
    files = {f"/run/secrets/trackforge/{name}": value for name, value in values.items()}
    for it in items:
        for container in containers(it):
            own = {one["name"]: one["value"] for one in container.get("env", [])}
            command = container.get("command", ["python", "-m", "sync_server", "serve"])
            name = f"kubernetes {it['metadata']['name']}"
            yield name, Process(command[3:], image() | shared | own, files)


def systemd_processes() -> Iterator[tuple[str, Process]]:
    settings = {
        "DATABASE_URL": "postgresql://trackforge_app@/trackforge",
        "MIGRATION_DATABASE_URL": "postgresql://trackforge@/trackforge",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "SECRET_KEYS": KEYS,
        "OCR_PROCESSES": "0",
    }
    for unit in sorted((DEPLOY / "systemd").glob("*.service")):
        parsed = ConfigParser(strict=False, interpolation=None)
        parsed.read(unit)
        name, _, value = parsed["Service"]["Environment"].partition("=")
        command = parsed["Service"]["ExecStart"].split()[1:]
        yield f"systemd {unit.stem}", Process(command, settings | {name: value}, {})


PROCESSES = dict([*compose_processes(), *kubernetes_processes(), *systemd_processes()])


def settings_of(process: Process, place: Path, patch: pytest.MonkeyPatch) -> Config:
    """Settings as the process reads them; its files of secrets are below `place`."""
    for name in SETTINGS:
        patch.delenv(name.upper(), raising=False)
    for name in SECRETS:
        patch.delenv(f"{name.upper()}_FILE", raising=False)
    for name, value in process.settings.items():
        if name.endswith("_FILE"):
            file = place / name
            file.write_text(process.secrets[value] + "\n")
            patch.setenv(name, str(file))
        else:
            patch.setenv(name, str(value))
    return Config.from_environment()


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_can_read_its_settings(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = PROCESSES[name]
    config = with_keys(settings_of(process, tmp_path, monkeypatch), private=False)
    stores = config.stores
    assert stores.database_url
    assert stores.redis_url.startswith("redis://")
    assert str(stores.data_dir) in ("/data", "/var/lib/trackforge")
    # What migrates and what dumps is the owner; what serves and reads images is not.
    as_owner = process.command[0] in ("migrate", "backup")
    if not name.startswith("systemd"):
        assert bool(stores.migration_database_url) == as_owner
    if "@pgbouncer" in stores.database_url:
        assert stores.statement_cache_size == 0
        assert stores.row_level_security
        assert not as_owner
    if process.command[0] == "worker" and not name.startswith("systemd"):
        assert config.ocr.ocr_processes > 0
    elif process.command[0] == "serve":
        assert config.ocr.ocr_processes == 0


@pytest.mark.parametrize("name", PROCESSES)
def test_the_arguments_of_a_process_are_those_of_its_command(name: str) -> None:
    command, *arguments = PROCESSES[name].command
    found = main.get_command(click.Context(main), command)
    assert found is not None
    with found.make_context(command, list(arguments)) as context:
        assert context.params.keys() == {parameter.name for parameter in found.params}


def test_a_container_writes_only_where_it_has_a_volume() -> None:
    document = load(DEPLOY / "compose/production.yaml")
    data_dir = image()["DATA_DIR"]
    for name in ("server", "worker"):
        assert f"uploads:{data_dir}" in document["services"][name]["volumes"]
    backup = document["services"]["backup"]
    assert f"uploads:{data_dir}:ro" in backup["volumes"]
    assert any(it.endswith(f":{backup['command'][4].rstrip('/')}") for it in backup["volumes"])
    for item in load(DEPLOY / "kubernetes/trackforge.yaml")["items"]:
        for container in containers(item):
            mounted = {it["mountPath"] for it in container["volumeMounts"]}
            assert mounted == {"/tmp", data_dir, "/run/secrets/trackforge"}


def test_services_are_reached_at_the_names_and_ports_that_they_have() -> None:
    document = load(DEPLOY / "compose/production.yaml")
    named = {
        host
        for process in dict(compose_processes()).values()
        for text in (*process.settings.values(), *process.secrets.values())
        for host in re.findall(r"(?:@|redis://)([a-z]+)[:/]", str(text))
    }
    assert named == {"postgres", "pgbouncer", "valkey"}
    assert named <= document["services"].keys()
    assert document["services"]["pgbouncer"]["environment"]["DB_HOST"] in document["services"]


def test_the_image_and_the_probes_request_routes_that_exist() -> None:
    routes = {route.path for route in ROUTES if hasattr(route, "path")}
    requested = set(re.findall(r"/health/\w+", (ROOT / "Dockerfile").read_text()))
    requested |= set(re.findall(r"path: (/health/\w+)", _kubernetes_text()))
    assert requested == {"/health/live", "/health/ready"}
    assert requested <= routes
    (check,) = re.findall(r'CMD \["python", "-c", "(.*)"\]\n', (ROOT / "Dockerfile").read_text())
    assert "/health/ready" in check
    compile(check.replace('\\"', '"'), "HEALTHCHECK", "exec")
    assert image().keys() >= set(re.findall(r'environ\[\\"(\w+)\\"\]', check))


def test_the_secret_of_kubernetes_has_each_file_that_is_read() -> None:
    read = set(re.findall(r"/run/secrets/trackforge/(\w+)", _kubernetes_text()))
    page = (ROOT / "docs/how-to/deploy.md").read_text()
    assert set(re.findall(r"--from-literal=(\w+)=", page)) == set(IN_SECRET) == read


def _kubernetes_text() -> str:
    return (DEPLOY / "kubernetes/trackforge.yaml").read_text()
