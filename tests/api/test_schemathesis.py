"""Responses conform to the OpenAPI document: schemathesis sends requests to a running server.

Short and with a fixed seed here; `make fuzz` asks for minutes, with a seed of its own.
"""

import asyncio
import os
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from schema import COLLECTIONS
from sync_server.config.rate_limits import Limit
from sync_server.config.settings import SETTINGS, Config
from sync_server.store.postgres import create_pool
from tests.infrastructure.server import Server

ROOT = Path(__file__).parents[2]
SECONDS = int(os.environ.get("FUZZ_SECONDS", "0"))
SAMPLE = {"foods", "workout_sets", "body_metrics"}
RECORD_ROUTES = "(list|create|read|replace|change|delete|restore)({})s?(History)?".format(
    "|".join(type(it.schema).__name__ for it in COLLECTIONS.values() if it.name not in SAMPLE)
)
SEED = os.environ.get("FUZZ_SEED", "1")


@pytest.fixture
def config(config: Config) -> Config:
    """Without rate limits, which would hide what is behind them."""
    limits: dict[str, Any] = {
        name: Limit(0, 1) for name in SETTINGS if name.startswith("rate_limit_")
    }
    return config.changed(**limits)


@dataclass(frozen=True, slots=True)
class Account:
    """Whom schemathesis logs in as."""

    email: str
    password: str


@pytest.fixture
async def account(untouched_server: Server, untouched: Config) -> Account:
    """Somebody who may do everything."""
    made = Account(f"{uuid.uuid4()}@example.com", "a long enough password")
    body = {"email": made.email, "password": made.password}
    async with aiohttp.ClientSession(untouched_server.base_url) as http:
        answer = await http.post("/api/v1/auth/register", json=body)
        assert answer.status == 201
    async with await create_pool(
        untouched.changed(database_url=untouched.stores.owner_url)
    ) as pool:
        await pool.execute("UPDATE users SET role = 'admin' WHERE email = $1", made.email)
    return made


async def schemathesis(
    server: Server, account: Account, directory: Path, *options: str
) -> tuple[int, str]:
    """Its exit code and all that it printed."""
    api = f"{server.base_url}/api/v1"
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
        "FUZZ_API": api,
        "FUZZ_EMAIL": account.email,
        "FUZZ_PASSWORD": account.password,
    }
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "st"),
        f"--config-file={ROOT / 'tests/fuzz/schemathesis.toml'}",
        "run",
        f"{api}/openapi.json",
        f"--seed={SEED}",
        "--no-color",
        *options,
        cwd=directory,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode or 0, printed.decode()


@pytest.mark.skipif(SECONDS > 0, reason="the long run does the same and more")
async def test_the_server_answers_as_documented(
    untouched_server: Server,
    account: Account,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Random values, the edges of 33 kinds of change, collections whose routes are made from their
    # declarations as those of the others, and what takes longer are for the long run; test_fuzz.py
    # sends random values to every route.
    code, printed = await schemathesis(
        untouched_server,
        account,
        tmp_path,
        "--phases=examples,coverage",
        f"--exclude-operation-id-regex=^(post(Push|Sync)|{RECORD_ROUTES})$",
        "--max-time=36",
    )
    capsys.readouterr()  # the server's log of every request
    assert code == 0, printed


@pytest.mark.skipif(SECONDS == 0, reason="this is what `make fuzz` runs")
async def test_the_server_answers_as_documented_for_long(
    untouched_server: Server, account: Account, tmp_path: Path
) -> None:
    code, printed = await schemathesis(
        untouched_server, account, tmp_path, f"--max-time={SECONDS}", "--continue-on-failure"
    )
    print(printed)
    assert code == 0, printed
