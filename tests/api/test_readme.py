"""Claims of the README: its first sync runs as pasted, and its figures are the measured ones."""

import asyncio
import datetime
import re
import time
from pathlib import Path

from sync_server.config.settings import Config
from sync_server.demo.account import create_demo_account
from sync_server.store.postgres import create_pool
from tests.infrastructure.server import Server

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


async def test_the_first_sync_prints_what_the_readme_shows_each_time_that_it_is_pasted(
    untouched_server: Server, untouched: Config
) -> None:
    server = untouched_server
    await create_demo_account(server.base_url, datetime.date(2026, 11, 23))
    (script,) = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    (shown,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    for _ in range(2):
        assert await _paste(script.replace("http://127.0.0.1:8000", server.base_url)) == shown
        # The clock of the script counts seconds: the next run begins in another one.
        await asyncio.sleep(1 - time.time() % 1)
    async with await create_pool(
        untouched.changed(database_url=untouched.stores.owner_url)
    ) as pool:
        sessions = await pool.fetchval(
            "SELECT count(*) FROM v_workout_sessions WHERE name = 'Push day'"
        )
    assert sessions == 1


async def _paste(script: str) -> str:
    """Output of a script in a plain shell."""
    process = await asyncio.create_subprocess_exec(
        "sh", "-eu", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate(script.encode())
    assert process.returncode == 0
    return printed.decode()


def test_the_figures_are_those_of_the_benchmarks() -> None:
    """Every rate of the README lies between the rates of docs/benchmarks.md, rounded."""
    figures = (ROOT / "docs/benchmarks.md").read_text()
    (date,) = re.findall(r"bench draw -->\n+Measured (\S+) on 2 cores \(", figures)
    assert f"Measured {date} on 2 cores" in README
    routes = {
        "pushes of 50 changes": "POST /sync/push, 50 changes",
        "pulls of 500 records": "GET /sync/pull, 500, no day views",
        "the same with day totals": "GET /sync/pull, 500, touched days",
    }
    for label, route in routes.items():
        rates = re.findall(rf"^\| {re.escape(route)} \| ([\d,]+) ", figures, re.MULTILINE)
        rounded = sorted(round(int(rate.replace(",", "")), -3) for rate in rates)
        assert f"| {label} | {rounded[0]:,}–{rounded[-1]:,} |" in README


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
