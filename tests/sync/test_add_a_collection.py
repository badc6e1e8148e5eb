"""Declaring a collection is all that it takes to have one: a module, and its name in the list."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

from sync_server.config.settings import Config

ROOT = Path(__file__).resolve().parents[2]


def grown(directory: Path) -> str:
    """Copies of `schema` and the client with one declaration more; the PYTHONPATH to them."""
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "schema", directory / "schema", ignore=skipped)
    shutil.copytree(ROOT / "clients/python", directory / "client", ignore=skipped)
    shutil.copy(ROOT / "tests/new_collection/habits.py", directory / "schema/habits.py")
    listing = directory / "schema/__init__.py"
    text = listing.read_text()
    changed = text.replace(
        "from schema.nutrition", "from schema.habits import Habit\nfrom schema.nutrition"
    ).replace("            BodyMetrics,\n", "            BodyMetrics,\n            Habit,\n")
    assert changed.count("Habit") == text.count("Habit") + 2
    listing.write_text(changed)
    return os.pathsep.join(map(str, (directory, directory / "client", ROOT)))


async def run(*arguments: str, path: str, cwd: Path) -> None:
    """Python with these arguments; it must end well."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env=os.environ | {"PYTHONPATH": path},
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()[-3000:]


async def test_a_collection_that_is_declared_is_there(untouched: Config, tmp_path: Path) -> None:
    path = grown(tmp_path)
    # What the client knows of the collections is made by one command.
    await run("client/make_contracts.py", path=path, cwd=tmp_path)
    urls = (untouched.owner_url, untouched.database_url, untouched.redis_url)
    await run("-m", "tests.new_collection.story", *urls, str(tmp_path), path=path, cwd=tmp_path)
