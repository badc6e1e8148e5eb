"""The workflow of public CI: valid by GitHub's schema, and the same script as everywhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.y*ml"))


def problems(workflow: Path) -> str:
    """Output of check-jsonschema for an invalid workflow; empty if it is valid."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("check-jsonschema"),
            "--builtin-schema", "vendor.github-workflows", workflow,
        ],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_valid(workflow: Path) -> None:
    assert problems(workflow) == ""


def test_the_schema_finds_mistakes(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:"))
    assert "runs-on" in problems(broken)


def test_ci_runs_the_script_of_the_repository_and_may_only_read() -> None:
    (ci,) = (YAML(typ="safe").load(path) for path in WORKFLOWS)
    assert ci["permissions"] == {"contents": "read"}
    (job,) = ci["jobs"].values()
    checkout, script = job["steps"]
    assert re.fullmatch(r"actions/checkout@v\d+", checkout["uses"])
    assert script["run"] == "bash .ci/run"
    assert (ROOT / ".ci/run").is_file()
