"""Devices that are killed: what was written is there, and goes out once, under its key."""

import asyncio
import hashlib
import os
import random
import sqlite3
import sys
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

from aiohttp import web

import trackforge_client
from sync_server.config.settings import CONFIG, Config
from tests.client import device_process
from tests.infrastructure.server import Server
from trackforge_client import Device

PASSWORD = "correct horse battery staple"


async def run_and_kill(path: Path, base_url: str, ready: Callable[[int], bool]) -> set[str]:
    """Ids that a device had stored when it was killed in the middle of writing and pushing.

    `ready` gets the number of stored writes and returns True to kill the device.
    """
    package = str(Path(trackforge_client.__file__).parent.parent)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        device_process.__file__,
        str(path),
        base_url,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": package},
    )
    assert process.stdout is not None
    stored: set[str] = set()
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"ready\n"
        while not ready(len(stored)):
            try:
                async with asyncio.timeout(0.01):
                    stored.add((await process.stdout.readline()).decode().strip())
            except TimeoutError:
                continue
        process.kill()
        rest = (await process.stdout.read()).decode()
        await process.wait()
    return stored | {line for line in rest.split("\n")[:-1] if line}


async def test_a_device_that_is_killed_again_and_again_loses_and_doubles_nothing(
    server: Server, tmp_path: Path
) -> None:
    path, email = tmp_path / "phone.db", f"{uuid.uuid4()}@example.com"
    async with Device(path, server.base_url) as phone:
        await phone.register(email, PASSWORD)
    chance = random.Random(4)
    stored: set[str] = set()
    for _ in range(5):
        enough = chance.randint(10, 150)
        stored |= await run_and_kill(path, server.base_url, enough.__le__)
    async with Device(path, server.base_url) as phone:
        assert {one["id"] for one in phone.all("exercises")} >= stored
        await phone.sync()
        assert phone.rejected() == []
        async with Device(":memory:", server.base_url) as tablet:
            await tablet.login(email, PASSWORD)
            await tablet.sync()
            assert {one["id"] for one in tablet.all("exercises")} >= stored
            assert tablet.digest() == phone.digest()
        assert (await phone.check()).same
        versions = [int(version) for version in _versions(path)]
        assert len(versions) == len(set(versions)) == max(versions)


def _versions(path: Path) -> list[int]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT version FROM records").fetchall()
    connection.close()
    return [row[0] for row in rows]


async def test_a_killed_device_repeats_its_push_byte_for_byte(tmp_path: Path) -> None:
    """The server here takes a push and never answers it well."""
    seen: list[tuple[str, str]] = []

    async def push(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        seen.append((request.headers["Idempotency-Key"], hashlib.sha256(body).hexdigest()))
        await asyncio.sleep(0.05)
        raise web.HTTPServiceUnavailable

    app = web.Application()
    app[CONFIG] = Config()
    app.add_routes([web.post("/api/v1/sync/push", push)])
    busy = Server(app)
    async with busy:
        path = tmp_path / "phone.db"
        Device(path, busy.base_url).close()
        _sign_in(path)
        for _ in range(3):
            before = len(seen)
            await run_and_kill(path, busy.base_url, partial(_more_than, seen, before))
    assert len(seen) >= 3
    assert len(set(seen)) == 1


def _more_than(seen: list[tuple[str, str]], before: int, _: int) -> bool:
    return len(seen) > before


def _sign_in(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            [("access_token", "a"), ("refresh_token", "r"), ("user_id", str(uuid.uuid4()))],
        )
    connection.close()
