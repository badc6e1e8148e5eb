"""Files of deployments: they parse, and name settings, routes, metrics and commands that exist."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import crossplane
import pytest
from ruamel.yaml import YAML

from sync_server.__main__ import MODULES
from sync_server.config.environment import SECRETS
from sync_server.config.settings import SETTINGS
from tools import make_dashboards

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
VARIABLES = {name.upper() for name in SETTINGS} | {f"{name.upper()}_FILE" for name in SECRETS}
UNITS = sorted((DEPLOY / "systemd").iterdir())
PROBES = {"/health/live", "/health/ready"}


def load(text: str) -> Any:
    """The document of a YAML file."""
    return YAML(typ="safe").load(text)


class Unit(ConfigParser):
    """A unit of systemd, whose names have capitals."""

    def optionxform(self, optionstr: str) -> str:
        """The name as it stands."""
        return optionstr


def compose() -> dict[str, Any]:
    document: dict[str, Any] = load((ROOT / "compose.yaml").read_text())
    return document


def metrics() -> dict[str, set[str]]:
    """Labels by metric, as the page of metrics has them."""
    page = (ROOT / "docs/reference/metrics.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| \w+ \| (.*?) \|", page, re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


def expressions() -> Iterator[str]:
    """Every PromQL of the alerts and of the dashboards."""
    rules = load((DEPLOY / "observe/alerts.yml").read_text())
    for group in rules["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for panels in make_dashboards.DASHBOARDS.values():
        for panel in panels:
            yield from panel.queries.values()


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_an_expression_names_metrics_and_labels_that_exist(expression: str) -> None:
    known = metrics()
    named = re.findall(
        r"(trackforge_\w+?)(?:_bucket|_count|_sum)?(?=[{\[) ])(?:\{(.*?)\})?", expression
    )
    assert named or "up{" in expression
    for name, labels in named:
        assert name in known, name
        assert set(re.findall(r"(\w+)(?:=~|=|!=)", labels)) <= known[name] | {"le"}
    for grouped in re.findall(r"by \(([\w, ]+)\)", expression):
        labels = set().union(*(known[name] for name, _ in named))
        assert {label.strip() for label in grouped.split(",")} <= labels | {"le"}
    assert expression.count("(") == expression.count(")")


def test_every_alert_has_a_runbook() -> None:
    rules = load((DEPLOY / "observe/alerts.yml").read_text())
    alerts = [rule["alert"] for group in rules["groups"] for rule in group["rules"]]
    page = (ROOT / "docs/how-to/observe.md").read_text()
    assert re.findall(r"^### (\w+)$", page, re.MULTILINE) == alerts
    assert all(
        rule["labels"]["severity"] in ("page", "ticket") and rule["annotations"]["summary"]
        for group in rules["groups"]
        for rule in group["rules"]
    )


def test_the_dashboards_are_fresh() -> None:
    for path, text in make_dashboards.pages():
        assert path.read_text() == text
        panels = json.loads(text)["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)


def test_what_compose_mounts_exists() -> None:
    document = compose()
    for name, service in document["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).exists(), (name, source)
            elif not source.startswith("/"):
                assert source in document["volumes"], (name, source)


def test_nothing_but_loopback_is_published_and_observers_are_a_profile() -> None:
    services = compose()["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    observers = {"prometheus", "grafana", "tempo", "loki", "alloy"}
    assert {name for name in observers if services[name]["profiles"] == ["observe"]} == observers


def test_the_sharded_profile_is_a_cluster_with_two_servers_behind_a_pooler() -> None:
    services = compose()["services"]
    sharded = {name: it for name, it in services.items() if it.get("profiles") == ["sharded"]}
    nodes = {name for name, it in sharded.items() if "healthcheck" in it}
    assert nodes == {"coordinator", "node-1", "node-2"}
    assert len({sharded[name]["image"] for name in nodes}) == 1
    joined = " ".join(sharded["join"]["command"])
    assert all(f"'{name}'" in joined for name in nodes)
    pooler = sharded["pgbouncer"]["environment"]
    assert pooler["POOL_MODE"] == "transaction"
    for name in ("sharded-server-1", "sharded-server-2", "sharded-migrate"):
        settings = sharded[name]["environment"]
        assert settings.keys() <= VARIABLES
        assert settings["DATABASE_SHARDED"] == "true"
        if "@pgbouncer/" in settings["DATABASE_URL"]:
            # A pooler in transaction mode has no place for named statements and settings.
            assert settings["STATEMENT_CACHE_SIZE"] == "0"
            assert "MIGRATION_DATABASE_URL" not in settings
        else:
            assert name == "sharded-migrate"
            assert "@coordinator/" in settings["MIGRATION_DATABASE_URL"]
    # Whoever reaches a node is trusted: only these are in its network.
    inside = {name for name, it in services.items() if "nodes" in it.get("networks", [])}
    assert inside == nodes | {"join", "sharded-migrate", "pgbouncer"}
    assert compose()["networks"]["nodes"]["internal"] is True


def test_the_production_file_has_limits_secrets_as_files_a_worker_a_pooler_and_backups() -> None:
    document = load((DEPLOY / "compose/production.yaml").read_text())
    services = document["services"]
    assert services.keys() >= {"server", "worker", "migrate", "backup", "pgbouncer", "postgres"}
    for name, service in services.items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert set(service.get("secrets", [])) <= document["secrets"].keys()
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        values = [str(it) for it in service.get("environment", {}).values()]
        assert not any("password" in it.lower() for it in values if not it.startswith("/run/"))
    for name in ("server", "worker", "migrate", "backup"):
        service, settings = services[name], services[name]["environment"]
        assert settings.keys() <= VARIABLES
        files = {key: it for key, it in settings.items() if key.endswith("_FILE")}
        assert files.keys() >= {"DATABASE_URL_FILE", "SECRET_KEYS_FILE"}
        read = {it.removeprefix("/run/secrets/") for it in files.values()}
        assert read == set(service["secrets"]), name
        assert service.get("command", ["", "", "", "serve"])[3] in MODULES
        # Behind the pooler there are no named statements, and nothing migrates.
        pooled = settings["DATABASE_URL_FILE"].endswith("/database_url")
        assert pooled == (settings.get("STATEMENT_CACHE_SIZE") == "0")
        assert pooled != ("MIGRATION_DATABASE_URL_FILE" in settings)
    page = (ROOT / "docs/how-to/deploy.md").read_text()
    assert all(f"| `{name}` |" in page for name in document["secrets"])


@pytest.mark.parametrize("name", ["prometheus.yml", "tempo.yml", "loki.yml"])
def test_a_configuration_of_an_observer_parses(name: str) -> None:
    assert load((DEPLOY / "observe" / name).read_text())


@pytest.mark.parametrize("unit", UNITS, ids=lambda it: it.name)
def test_a_unit_starts_a_command_that_exists(unit: Path) -> None:
    parsed = Unit(strict=False, interpolation=None)
    parsed.read(unit)
    if unit.suffix == ".timer":
        assert unit.with_suffix(".service").exists()
        return
    service = parsed["Service"]
    program, command = service["ExecStart"].split()[:2]
    assert program.endswith("/trackforge-sync")
    assert command in MODULES
    assert service["Environment"].partition("=")[0] in VARIABLES
    assert service["User"] != "root"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_understands_the_units() -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *UNITS], capture_output=True, text=True
    )
    # Programs that are not installed here are all that it may miss.
    complaints = [line for line in done.stderr.splitlines() if "is not executable" not in line]
    assert [line for line in complaints if str(DEPLOY) in line] == []


def test_nginx_understands_its_configuration() -> None:
    parsed = crossplane.parse(str(DEPLOY / "proxy/nginx.conf"))
    assert parsed["status"] == "ok", parsed["errors"]


def test_the_proxies_hide_what_is_the_operators_and_pass_streams() -> None:
    caddy, nginx = ((DEPLOY / "proxy" / name).read_text() for name in ("Caddyfile", "nginx.conf"))
    assert caddy.count("{") == caddy.count("}")
    assert "@private path /metrics /health/*" in caddy
    assert "flush_interval -1" in caddy
    assert "location = /metrics" in nginx
    assert "proxy_buffering off;" in nginx.partition("sync/stream")[2]


def test_kubernetes_objects_agree_with_each_other_and_the_server() -> None:
    document = load((DEPLOY / "kubernetes/trackforge.yaml").read_text())
    objects = {(it["kind"], it["metadata"]["name"]): it for it in document["items"]}
    settings = objects["ConfigMap", "trackforge"]["data"]
    assert settings.keys() <= VARIABLES
    server = objects["Deployment", "trackforge-server"]["spec"]["template"]
    (container,) = server["spec"]["containers"]
    probes = {container[name]["httpGet"]["path"] for name in container if name.endswith("Probe")}
    assert probes == PROBES
    drain = float(settings["DRAIN_DELAY_S"]) + float(settings["DRAIN_TIMEOUT_S"])
    assert server["spec"]["terminationGracePeriodSeconds"] > drain
    labels = server["metadata"]["labels"]
    assert objects["Service", "trackforge"]["spec"]["selector"] == labels
    budget = objects["PodDisruptionBudget", "trackforge-server"]["spec"]
    assert budget["selector"]["matchLabels"] == labels
    for (kind, _), it in objects.items():
        if kind == "HorizontalPodAutoscaler":
            assert ("Deployment", it["spec"]["scaleTargetRef"]["name"]) in objects
    scaled = objects["HorizontalPodAutoscaler", "trackforge-worker"]["spec"]["metrics"]
    assert scaled[0]["external"]["metric"]["name"] in metrics()


def test_every_container_of_kubernetes_is_restricted_and_runs_a_command() -> None:
    text = (DEPLOY / "kubernetes/trackforge.yaml").read_text()
    containers = list(_containers(load(text)))
    assert len(containers) == 4
    for container in containers:
        assert container["securityContext"]["runAsUser"] == 10001
        assert container["securityContext"]["readOnlyRootFilesystem"]
        if command := container.get("command"):
            assert command[3] in MODULES
        assert {it["name"] for it in container.get("env", [])} <= VARIABLES


def _containers(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield from node.get("containers", [])
        for value in node.values():
            yield from _containers(value)
    elif isinstance(node, list):
        for value in node:
            yield from _containers(value)
