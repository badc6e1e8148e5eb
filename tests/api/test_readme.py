"""What the README says works: its first sync runs as pasted, and its links lead somewhere."""

import asyncio
import datetime
import re
from dataclasses import replace
from pathlib import Path

import seed
from sync_server.config.settings import Config
from sync_server.store.postgres import create_pool
from tests.infrastructure.server import Server

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


async def test_the_first_sync_works_when_pasted(
    untouched_server: Server, untouched: Config
) -> None:
    server = untouched_server
    await seed.seed(server.base_url, datetime.date(2026, 11, 23))
    (script,) = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    process = await asyncio.create_subprocess_exec(
        "sh", "-eu", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    pasted = script.replace("http://127.0.0.1:8000", server.base_url)
    printed, _ = await process.communicate(pasted.encode())
    assert process.returncode == 0
    assert printed.count(b'"status":"applied"') + printed.count(b'"status":"unchanged"') == 2
    assert b'"has_more":true' in printed
    assert b'"date":"2026-11-23"' in printed
    async with await create_pool(replace(untouched, database_url=untouched.owner_url)) as pool:
        named = await pool.fetchval(
            "SELECT count(*) FROM v_workout_sessions WHERE name = 'Push day'"
        )
    assert named == 1


def test_every_error_code_is_documented() -> None:
    from sync_server.web import errors

    text = (ROOT / "docs/protocol.md").read_text()
    for error in vars(errors).values():
        code = getattr(error, "code", None) if isinstance(error, type) else None
        if code and code not in ("internal_error", "http_error"):
            assert f"`{code}`" in text or f" {code}`" in text, code


def test_every_dependency_is_explained() -> None:
    explained = (ROOT / "docs/dependencies.md").read_text().lower()
    setup = (ROOT / "setup.cfg").read_text().partition("[options.extras_require]")[0]
    for name in re.findall(r"^    ([A-Za-z0-9_.-]+)(?:\[\w+\])?>=", setup, re.MULTILINE):
        assert name.lower() in explained, name
