"""Every command that the documents show: each page, pasted from top to bottom, works."""

import asyncio
import datetime
import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from sync_server.catalogue.load import load_catalogue
from sync_server.config.settings import Config
from sync_server.demo.account import create_demo_account
from tests.conftest import Stores, a_copy, running, settings_for
from tests.infrastructure import shared_servers as pair

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for page in sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    if "decisions" not in page.parts
]
SHOWN = "http://127.0.0.1:8000"
# What is not run here, with what runs it.
ELSEWHERE = {
    "make serve": "tests/infrastructure/test_command_line.py",
    "make test": "it is what runs this",
    "make bench": "tests/bench",
    "make torture": "tests/torture",
    "python -m bench ": "tests/bench",
    ".venv/bin/python -m sync_server serve": "tests/infrastructure/test_command_line.py",
    ".venv/bin/python clients/python/make_contracts.py": "tests/sync/test_add_a_collection.py",
    ".venv/bin/python -m trackforge_client replay tests/recordings/lifter-years": "tests/sync",
    ".venv/bin/python -m sync_server backup": "tests/infrastructure/test_backup.py",
    ".venv/bin/python -m sync_server restore": "tests/infrastructure/test_backup.py",
    "age -d": "the tool of another project",
    "cat database": "its script is what restore runs",
    "export ": "tests/infrastructure/test_config.py",
    "pip install ./clients/python": "the image and a release do; its metadata is checked there",
    "docker compose up": "tests/infrastructure/test_deployment.py",
}
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)


def _blocks(page: Path, language: str) -> list[str]:
    return [
        re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)
        for indent, found, text in _FENCE.findall(page.read_text())
        if found == language
    ]


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def furnished(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of a database as `make serve` leaves it, which takes seconds to make: to be copied."""
    shared = pair.shared_pair(Path(os.environ[pair.RUN]))
    name = f"{shared.template}_{os.urandom(4).hex()}"
    asyncio.run(pair.create_database(shared.database_url, name, shared.template))
    url = pair.with_database(shared.database_url, name)
    place = tmp_path_factory.mktemp("furnished")
    asyncio.run(_furnish(settings_for(Stores(url, stores.redis_url), place)))
    yield name
    asyncio.run(pair.drop_database(shared.database_url, name))


async def _furnish(config: Config) -> None:
    """Load the built-in foods and make the demo account."""
    connection = await asyncpg.connect(config.stores.owner_url)
    try:
        await load_catalogue(connection)
    finally:
        await connection.close()
    async with running(config) as server:
        await create_demo_account(server.base_url, datetime.date(2026, 11, 23))


@pytest.fixture
async def base_url(config: Config, furnished: str) -> AsyncIterator[str]:
    """A server as `make serve` leaves it: with the built-in foods and the demo account."""
    async with a_copy(config, furnished) as copied, running(copied) as server:
        yield server.base_url


@pytest.mark.parametrize("page", [it for it in PAGES if _blocks(it, "sh")], ids=_name)
async def test_a_page_works_when_pasted(page: Path, base_url: str, tmp_path: Path) -> None:
    script = "\n".join(_blocks(page, "sh")).replace(SHOWN, base_url)
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-eu",
        "-o",
        "pipefail",
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate(script.encode())
    assert process.returncode == 0, printed.decode()
    assert b"urn:trackforge:error" not in printed, printed.decode()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_command_that_is_not_run_here_is_run_elsewhere(page: Path) -> None:
    for line in "".join(_blocks(page, "")).splitlines():
        if line.strip():
            assert line.strip().startswith(tuple(ELSEWHERE)), line


def test_the_declaration_of_the_guide_is_the_one_that_a_test_adds() -> None:
    (shown,) = _blocks(ROOT / "docs/how-to/add-a-collection.md", "python")
    _, _, tested = (ROOT / "tests/new_collection/habits.py").read_text().partition("\n\n")
    assert shown.strip() == tested.strip()
