"""A new collection takes one declaration: the documented steps, then the suites that cover it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sync_server.config.settings import Config

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "schema",
    "sync_server",
    "migrations",
    "clients/models",
    "clients/python",
    "clients/typescript",
    "tests",
    "tools",
    "bench",
    "docs",
)
# Pictures and dashboards that no collection is in: they take a while.
UNCHANGED = ("tools.draw_security", "tools/draw_flow.py", "tools.make_dashboards")
# Freshness of generated files, and tests that go through all collections by themselves.
OTHERS = (
    "tests/client/test_contracts.py",
    "tests/contract/test_choices.py",
    "tests/contract/test_config.py",
    "tests/contract/test_pull.py",
    "tests/docs/test_reference.py",
    "tests/unit/test_models.py",
    "tests/unit/test_vectors.py",
)


def generators() -> list[list[str]]:
    """Arguments of each Python program of `make generated`."""
    recipe = (ROOT / "Makefile").read_text().partition("\ngenerated:")[2].partition("\n\n")[0]
    commands = re.findall(r"^\tPYTHONPATH=\. \$\(BIN\)/python (.+)$", recipe, re.MULTILINE)
    assert len(commands) >= 7
    return [command.split() for command in commands if not command.endswith(UNCHANGED)]


def suites() -> list[str]:
    """Files with tests that are parametrised over the collections, and OTHERS."""
    parametrised = re.compile(
        r'parametrize\(\s*"(collection|name)", [^\n]*(COLLECTIONS|ALL|MINIMAL|MANY|DATED)'
    )
    found = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "tests").glob("*/test_*.py")
        if parametrised.search(file.read_text())
    }
    assert len(found) >= 15
    return sorted(found | set(OTHERS))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository after the steps of docs/how-to/add-a-collection.md."""
    copy = tmp_path_factory.mktemp("new") / "repository"
    # With the bytecode of what stays as it is: copies have the times of their originals.
    ignored = shutil.ignore_patterns("node_modules", ".hypothesis")
    for name in COPIED:
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for file in ROOT.iterdir():
        if file.is_file() and file.name != ".git":
            shutil.copy(file, copy / file.name)
    shutil.copy(ROOT / "tests/new_collection/habits.py", copy / "schema/habits.py")
    listing = copy / "schema/__init__.py"
    text = listing.read_text()
    changed = text.replace(
        "from schema.nutrition", "from schema.habits import Habit\nfrom schema.nutrition"
    ).replace("            BodyMetrics,\n", "            BodyMetrics,\n            Habit,\n")
    assert changed.count("Habit") == text.count("Habit") + 2
    listing.write_text(changed)
    for arguments in generators():
        run(copy, *arguments)
    return copy


def run(repository: Path, *arguments: str) -> str:
    """Run Python in the copy; its output. It must end well."""
    path = os.pathsep.join((str(repository), str(repository / "clients/python")))
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "TEST_"))
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=repository,
        env=environment | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def test_a_declared_collection_is_served_and_synced(untouched: Config, repository: Path) -> None:
    urls = (untouched.stores.owner_url, untouched.stores.database_url, untouched.stores.redis_url)
    run(repository, "-m", "tests.new_collection.story", *urls, str(repository))


def test_the_suites_of_all_collections_cover_it(repository: Path) -> None:
    chosen = "habits or test_reference or test_contracts or are_fresh"
    options = ("-q", "-p", "no:cacheprovider", "-k", chosen)
    output = run(repository, "-m", "pytest", *options, *suites())
    passed = int(output.split(" passed")[0].split()[-1])
    assert passed > 60, output[-2000:]
