"""Workers: whatever happens to one, no job is lost and none is done twice."""

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import orjson
import psutil
import pytest

from sync_server.config.settings import SETTINGS, Config
from sync_server.ocr import engine_pool, leases
from sync_server.ocr.queries import Job
from sync_server.store.files.interface import NoSuchFile
from sync_server.store.files.registry import open_file_store
from sync_server.store.postgres import Pool
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.ocr.bucket import s3_server
from tests.ocr.images import png
from tests.ocr.servers import count, person
from tests.ocr.slow_engine import read_slowly

ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def a_worker(settings: Config) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m sync_server worker`, once it reads; killed at the end of the block."""
    ours = {name.upper() for name in SETTINGS}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sync_server", "worker",
        cwd=ROOT,
        env=inherited | {
            "DATABASE_URL": settings.stores.database_url,
            "MIGRATION_DATABASE_URL": settings.stores.owner_url,
            "REDIS_URL": settings.stores.redis_url,
            "DATA_DIR": str(settings.stores.data_dir),
            "OCR_PROVIDER": settings.ocr.ocr_provider,
            "OCR_LEASE_S": str(settings.ocr.ocr_lease_s),
        },
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert b"reading images" in await process.stdout.readline()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_workers_that_are_killed_lose_no_job(
    idle: Server, settings: Config, pool: Pool
) -> None:
    ann = await person(idle)
    jobs = [await ann.send_async("menu", png(f"number {number}")) for number in range(8)]
    async with a_worker(settings) as worker:
        async with asyncio.timeout(60):
            while await count(pool, "done") < 3:
                assert await count(pool, "failed") == 0
                await asyncio.sleep(0.005)
        readers = psutil.Process(worker.pid).children(recursive=True)
        worker.kill()
        await worker.wait()
    gone, alive = await asyncio.to_thread(psutil.wait_procs, readers, timeout=30)
    assert gone
    assert not alive, "a reader outlives its worker"
    async with a_worker(settings) as last:
        ended = [await ann.ended(job["id"]) for job in jobs]
        assert {job["state"] for job in ended} == {"done"}
        assert all(job["progress"]["attempts"] <= 3 for job in ended)
        last.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            assert await last.wait() == 0


async def _silent(pool: Pool, settings: Config, name: str = "") -> Job:
    """A worker takes a job up and is not heard of until its lease has ended."""
    lease = timedelta(seconds=0.1)
    async with pool.acquire() as connection:
        job = await leases.claim(
            connection, name or str(uuid.uuid4()), settings.ocr.ocr_provider, lease
        )
    assert job is not None
    await asyncio.sleep(1.5 * lease.total_seconds())
    return job


@pytest.mark.usefixtures("read_here")
async def test_the_job_of_a_silent_worker_is_taken_up(
    idle: Server, settings: Config, pool: Pool
) -> None:
    ann = await person(idle)
    job = await ann.send_async("menu", png())
    assert (await _silent(pool, settings)).id == job["id"]
    assert (await ann.job(job["id"])).json["state"] == "reading"
    async with running(settings):
        ended = await ann.ended(job["id"])
    assert (ended["state"], ended["progress"]["attempts"]) == ("done", 2)


async def test_a_job_that_silences_everybody_is_given_up(
    idle: Server, settings: Config, pool: Pool
) -> None:
    ann = await person(idle)
    job = await ann.send_async("menu", png())
    for _ in range(leases.MAX_ATTEMPTS):
        await _silent(pool, settings)
    async with running(settings):
        ended = await ann.ended(job["id"])
        assert (ended["state"], ended["failure"]) == ("failed", "given_up")
        again = await ann.send_image("menu", png(), Prefer="respond-async")
        assert again.json["id"] != job["id"]


async def test_a_worker_that_lost_its_job_keeps_nothing(
    idle: Server, settings: Config, pool: Pool
) -> None:
    """It was only slow: meanwhile another has the job, and the result is the other's."""
    ann = await person(idle)
    await ann.send_async("menu", png())
    slow, other = str(uuid.uuid4()), str(uuid.uuid4())
    job = await _silent(pool, settings, slow)
    assert (await _silent(pool, settings, other)).attempts == 2
    async with pool.acquire() as connection:
        assert not await leases.finish(connection, job, slow, result='{"stale": true}')
        assert not await leases.renew(connection, job, slow, timedelta(seconds=1))
        assert await leases.finish(connection, job, other, result='{"fresh": true}')
        result = await connection.fetchval("SELECT result FROM ocr_jobs WHERE id = $1", job.id)
    assert orjson.loads(result) == {"fresh": True}


@pytest.mark.usefixtures("read_here")
async def test_two_workers_share_the_queue(idle: Server, settings: Config) -> None:
    ann = await person(idle)
    jobs = [await ann.send_async("menu", png(f"shared {number}")) for number in range(12)]
    lasting = settings.changed(ocr_lease_s=30)  # no lease ends while the machine is busy
    async with running(lasting), running(lasting):
        ended = [await ann.ended(job["id"]) for job in jobs]
    assert {job["state"] for job in ended} == {"done"}
    assert {job["progress"]["attempts"] for job in ended} == {1}


@pytest.fixture
async def slow(
    settings: Config, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    """A server whose reading takes a second of the processor."""
    monkeypatch.setattr(engine_pool, "read_image", read_slowly)
    await pool.execute("DELETE FROM ocr_jobs")
    async with running(settings.changed(ocr_lease_s=30)) as server:
        yield server


async def _reading(pool: Pool) -> None:
    async with asyncio.timeout(60):
        while not await count(pool, "reading"):
            await asyncio.sleep(0.01)


async def _readers() -> list[psutil.Process]:
    """The processes that read, of which at least one has begun."""
    async with asyncio.timeout(60):
        while True:
            readers = [
                child for child in psutil.Process().children(recursive=True)
                if "spawn_main" in " ".join(child.cmdline())
            ]  # fmt: skip
            if readers:
                return readers
            await asyncio.sleep(0.01)


async def test_a_server_that_stops_gives_its_job_back(slow: Server, pool: Pool) -> None:
    ann = await person(slow)
    await ann.send_async("menu", png("slow 0"))
    await _reading(pool)
    await slow.close()
    row = await pool.fetchrow("SELECT state, attempts, worker FROM ocr_jobs")
    assert tuple(row or ()) == ("queued", 0, None)


async def test_a_job_that_is_read_can_be_cancelled(slow: Server, pool: Pool) -> None:
    ann = await person(slow)
    job = await ann.send_async("menu", png("slow 1"))
    await _reading(pool)
    assert (await ann.job(job["id"], "DELETE")).json["state"] == "cancelled"
    after = await ann.send_image("menu", png("after it"))
    assert after.status == 200
    assert (await ann.job(job["id"])).json["result"] is None


async def test_a_reader_that_dies_fails_its_job_only(slow: Server, pool: Pool) -> None:
    ann = await person(slow)
    job = await ann.send_async("menu", png("slow 2"))
    await _reading(pool)
    for reader in await _readers():
        reader.kill()
    assert (await ann.ended(job["id"]))["failure"] == "reader_died"
    assert (await ann.send_image("menu", png("the next"))).status == 200


async def test_an_image_that_takes_too_long_is_to_be_sent_later(
    settings: Config, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server had too much to do: no fault of the image."""
    monkeypatch.setattr(engine_pool, "read_image", read_slowly)
    await pool.execute("DELETE FROM ocr_jobs")
    async with running(settings.changed(ocr_time_limit_s=0.05)) as server:
        ann = await person(server)
        answer = await ann.send_image("menu", png("slow 3"))
    assert (answer.status, answer.code) == (503, "overloaded")
    assert answer.headers["Retry-After"] == "10"


async def test_reading_leaves_the_loop_free(slow: Server, pool: Pool) -> None:
    """Probes are answered while a reader computes, and it has a lower priority."""
    ann = await person(slow)
    await ann.send_async("menu", png("slow 4"))
    await _reading(pool)
    answered = 0
    async with aiohttp.ClientSession() as http:
        while await count(pool, "reading"):
            async with http.get(f"{slow.base_url}/health/live") as answer:
                answered += answer.status == 200
            await asyncio.sleep(0.005)
    assert (await count(pool, "done"), await count(pool, "failed")) == (1, 0)
    # In the server's own loop, a second of computing would have let none through but one or two.
    assert answered > 10
    lower = min(19, psutil.Process().nice() + engine_pool.NICENESS)
    assert {reader.nice() for reader in await _readers()} == {lower}


@pytest.mark.usefixtures("read_here")
async def test_images_are_kept_on_s3(
    settings: Config, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3_server() as bucket:
        there = bucket.settings(settings, monkeypatch)
        async with running(there) as server, open_file_store(there) as files:
            ann = await person(server)
            assert (await ann.send_image("menu", png())).status == 200
            file = await pool.fetchval("SELECT file FROM ocr_jobs WHERE user_id = $1", ann.user_id)
            assert await files.get(file)
            await ann.call("DELETE", "/users/me", {"password": ann.password})
            with pytest.raises(NoSuchFile):
                await files.get(file)
    assert not (settings.stores.data_dir / "uploads").exists()
