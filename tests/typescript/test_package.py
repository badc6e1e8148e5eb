"""The TypeScript package: types, tests, generated files, and the README's first screen of code."""

import asyncio
import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sync_server.config.settings import Config
from sync_server.sync.client_config import client_config
from tests.infrastructure.server import Server

from .conftest import NODE, PACKAGE, QUIET, node_environment


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_contract", PACKAGE / "make_contract.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    return generator


def _run(*arguments: object, cwd: Path = PACKAGE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [NODE, QUIET, *map(str, arguments)],
        cwd=cwd, env=node_environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_generated_files_are_fresh() -> None:
    generator = _generator()
    assert generator.CONTRACTS_TARGET.read_text("utf-8") == generator.contracts_text()
    assert generator.RECORDS_TARGET.read_text("utf-8") == generator.records_text()
    assert generator.ACTIVITIES_TARGET.read_text("utf-8") == generator.activities_text()


def test_the_contract_is_the_one_that_the_server_serves(config: Config) -> None:
    generator = _generator()
    text = generator.contracts_text()
    served: Any = json.loads(json.dumps(client_config(config)["collections"]))
    served = generator.without_defaults(served)
    found = dict(re.findall(r"^  (\w+): (\{.*\}),$", text, re.MULTILINE))
    assert list(found) == list(served)
    for name, line in found.items():
        contract = json.loads(line)
        assert contract["groups"] == served[name]["groups"]
        assert contract["alternatives"] == served[name]["alternatives"]
        assert contract["naturalKey"] == served[name]["natural_key"]
        assert list(contract["fields"]) == list(served[name]["fields"])
        for field, schema in served[name]["fields"].items():
            ours = contract["fields"][field]
            assert ours.get("required", False) == schema["required"]
            assert ours.get("default") == schema["default"]
            limits = schema.keys() - {"required", "default", "since", "description"}
            assert {limit: ours[limit] for limit in limits} == {it: schema[it] for it in limits}


def test_the_how_to_has_the_code_of_the_example() -> None:
    page = (PACKAGE.parents[1] / "docs" / "how-to" / "javascript.md").read_text("utf-8")
    for name in ("index.html", "main.ts"):
        code = (PACKAGE / "example" / name).read_text("utf-8")
        assert re.sub(r"^/\*\*.*\*/\n", "", code) in page, f"example/{name} has changed"


def test_the_packages_own_tests_pass(package: Path) -> None:
    files = sorted(set(package.glob("test/*.test.ts")) - {package / "test" / "browser.test.ts"})
    result = _run("--test", *files)
    assert result.returncode == 0, result.stdout[-5000:]


@pytest.fixture(scope="session")
def built(package: Path) -> Path:
    """The package with `dist`, compiled from the present sources."""
    compiler = package / "node_modules" / "typescript" / "bin" / "tsc"
    result = _run(compiler, "-p", "tsconfig.build.json")
    assert result.returncode == 0, result.stdout
    return package


def test_the_types_are_right(package: Path) -> None:
    result = _run(package / "node_modules" / "typescript" / "bin" / "tsc", "--noEmit")
    assert result.returncode == 0, result.stdout


async def test_the_readmes_first_screen_runs(built: Path, server: Server, tmp_path: Path) -> None:
    readme = (built / "README.md").read_text("utf-8")
    found = re.search(r"```ts\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    code = found[1]
    for name, value in {
        "https://sync.example.com": server.base_url,
        "ada@example.com": f"ada.{tmp_path.name}@example.com",
        "logbook.sqlite": str(tmp_path / "logbook.sqlite"),
    }.items():
        assert name in code
        code = code.replace(name, value)
    example = built / "dist" / f"{tmp_path.name}.mts"  # inside the package: it imports itself
    example.write_text(code, "utf-8")
    try:
        result = await asyncio.to_thread(_run, example)
    finally:
        example.unlink()
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "[ '6 × 80 kg' ]" in lines
    assert "{ sessions: 1, sets: 1, volume_kg: 480, duration_s: 0 }" in lines
    assert any(line.startswith("Signed in as ada.") for line in lines)
