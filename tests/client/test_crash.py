"""Devices that are killed: what was written is there, and goes out once, under its key."""

import asyncio
import hashlib
import os
import random
import sqlite3
import sys
import uuid
from pathlib import Path

import pytest
from aiohttp import web

from tests.client import device_process
from tests.ground.server import Server
from trackforge_client import Device

PASSWORD = "correct horse battery staple"


async def run_and_kill(path: Path, base_url: str, after_writes: int, pause_s: float) -> set[str]:
    """Let a device write and push, kill it in the middle; answers the ids that it had kept."""
    source = Path(device_process.__file__)
    package = str(Path(sys.modules["trackforge_client"].__file__ or "").parent.parent)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(source),
        str(path),
        base_url,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": package},
    )
    assert process.stdout is not None
    kept = set()
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"ready\n"
        while len(kept) < after_writes:
            kept.add((await process.stdout.readline()).decode().strip())
        await asyncio.sleep(pause_s)
        process.kill()
        rest = (await process.stdout.read()).decode()
        await process.wait()
    kept |= {line for line in rest.split("\n")[:-1] if line}
    return kept


async def test_a_device_that_is_killed_again_and_again_loses_and_doubles_nothing(
    server: Server, tmp_path: Path
) -> None:
    path, email = tmp_path / "phone.db", f"{uuid.uuid4()}@example.com"
    async with Device(path, server.base_url) as phone:
        await phone.register(email, PASSWORD)
    chance = random.Random(4)
    kept: set[str] = set()
    for _ in range(5):
        kept |= await run_and_kill(
            path, server.base_url, chance.randint(10, 120), chance.random() / 50
        )
    async with Device(path, server.base_url) as phone:
        assert {one["id"] for one in phone.all("exercises")} >= kept
        await phone.sync()
        assert phone.rejected() == []
        async with Device(":memory:", server.base_url) as tablet:
            await tablet.login(email, PASSWORD)
            await tablet.sync()
            assert {one["id"] for one in tablet.all("exercises")} >= kept
            assert tablet.digest() == phone.digest()
        assert (await phone.check()).same
        versions = [int(version) for version in _versions(path)]
        assert len(versions) == len(set(versions)) == max(versions)


def _versions(path: Path) -> list[int]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT version FROM records").fetchall()
    connection.close()
    return [row[0] for row in rows]


@pytest.mark.parametrize("answering", [False, True])
async def test_a_killed_device_repeats_its_push_byte_for_byte(
    tmp_path: Path, answering: bool
) -> None:
    """Against a server that takes the push and lets the device be killed before its answer."""
    seen: list[tuple[str, str]] = []
    taken = asyncio.Event()

    async def push(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        seen.append((request.headers["Idempotency-Key"], hashlib.sha256(body).hexdigest()))
        taken.set()
        await asyncio.sleep(0.2)
        raise web.HTTPServiceUnavailable

    app = web.Application()
    app.add_routes([web.post("/api/v1/sync/push", push)])
    async with Server(app) as held:
        path = tmp_path / "phone.db"
        phone = Device(path, held.base_url)
        _signed_in(path)
        phone.close()
        for _ in range(3):
            taken.clear()
            await run_and_kill(path, held.base_url, 10, 0.1 if answering else 0.0)
            async with asyncio.timeout(5):
                await taken.wait()
    assert len(seen) >= 3
    assert len(set(seen)) == 1


def _signed_in(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            [("access_token", "a"), ("refresh_token", "r"), ("user_id", str(uuid.uuid4()))],
        )
    connection.close()
