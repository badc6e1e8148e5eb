"""Alerts: each rule has cases in which it fires and is silent, and Prometheus agrees with them.

`promtool` is in Debian's package `prometheus`; .ci/run fetches it.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
OBSERVE = ROOT / "deploy" / "observe"
CASES = sorted(OBSERVE.glob("alerts.*test.yml"))
PROMTOOL = shutil.which("promtool") or shutil.which("promtool", path=str(ROOT / ".venv/bin"))
RULES = {
    rule["alert"]: rule
    for group in YAML(typ="safe").load(OBSERVE / "alerts.yml")["groups"]
    for rule in group["rules"]
}
TESTS = [test for path in CASES for test in YAML(typ="safe").load(path)["tests"]]


def expected(alert: str) -> list[list[dict[str, Any]]]:
    """Firing alerts that each case of a rule expects."""
    checks = [check for test in TESTS for check in test["alert_rule_test"]]
    return [check["exp_alerts"] for check in checks if check["alertname"] == alert]


@pytest.mark.parametrize("alert", RULES)
def test_a_rule_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent(alert: str) -> None:
    cases = expected(alert)
    firing = [case for case in cases if case]
    assert firing, f"add a case in which {alert} fires to {CASES[-1].name}"
    assert [] in cases, f"add a case in which {alert} is silent to {CASES[-1].name}"
    for (found,) in firing:
        assert found["exp_annotations"] == RULES[alert]["annotations"]
        assert found["exp_labels"].items() >= RULES[alert]["labels"].items()


def test_no_case_is_of_a_rule_that_is_gone_and_names_say_what_they_check() -> None:
    for test in TESTS:
        (check,) = test["alert_rule_test"]
        assert check["alertname"] in RULES
        verb = "fires" if check["exp_alerts"] else "is silent"
        assert test["name"].startswith(f"{check['alertname']} {verb}: ")


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed")
def test_prometheus_agrees_with_every_case() -> None:
    assert PROMTOOL
    done = subprocess.run(
        [PROMTOOL, "test", "rules", *map(str, CASES)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("SUCCESS") == len(CASES)


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed")
def test_prometheus_notices_a_rule_that_does_not_fire(tmp_path: Path) -> None:
    assert PROMTOOL
    cases = tmp_path / CASES[0].name
    cases.write_text(CASES[0].read_text())
    rules = (OBSERVE / "alerts.yml").read_text()
    changed = rules.replace("[1d])) == 0", "[1d])) == 100")
    assert changed != rules
    (tmp_path / "alerts.yml").write_text(changed)
    done = subprocess.run([PROMTOOL, "test", "rules", cases], capture_output=True, check=False)
    assert done.returncode == 1
