"""Failures around OCR: the storage, the database, the engine processes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.ocr import leases, queries
from sync_server.ocr import worker as workers
from sync_server.ocr.engine_pool import EnginePool
from sync_server.ocr.engines.interface import Photo
from sync_server.ocr.submit import submit
from sync_server.ocr.worker import OcrWorker
from sync_server.store.files import disk
from sync_server.store.files.disk import DiskStore
from sync_server.store.files.interface import FileStoreUnavailable
from sync_server.store.postgres import Pool, create_pool, transaction
from sync_server.users.queries import delete_user
from sync_server.web import uploads as web_files
from tests.infrastructure.server import Server
from tests.ocr.images import png
from tests.ocr.servers import count, person


class Away(DiskStore):
    """A storage that does not answer the first requests."""

    def __init__(self, folder: Path, failures: int) -> None:
        super().__init__(folder)
        self.failures = failures

    async def get(self, name: str) -> bytes:
        if self.failures:
            self.failures -= 1
            raise FileStoreUnavailable("away")
        return await super().get(name)


@pytest.fixture
async def application(settings: Config) -> AsyncIterator[Pool]:
    """The pool that a worker has."""
    async with await create_pool(settings) as pool:
        yield pool


@pytest.fixture
async def readers(settings: Config) -> AsyncIterator[EnginePool]:
    """Two readers."""
    two = EnginePool(settings.changed(ocr_processes=2))
    yield two
    await asyncio.to_thread(two.close)


async def ended(task: asyncio.Task[None]) -> None:
    """Wait until a task has ended that was told to."""
    done, _ = await asyncio.wait([task], timeout=30)
    assert done, "it goes on"
    with suppress(asyncio.CancelledError):
        task.result()


@pytest.mark.usefixtures("read_here")
async def test_a_storage_that_is_away_costs_no_job(
    idle: Server,
    settings: Config,
    application: Pool,
    readers: EnginePool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long it is: each job waits for it, and is tried as if for the first time."""
    ann = await person(idle)
    jobs = [await ann.send_async("menu", png(f"number {number}")) for number in range(2)]
    files = Away(settings.stores.data_dir / "uploads", len(jobs) * (leases.MAX_ATTEMPTS + 1))
    monkeypatch.setattr(workers, "IDLE_POLL_S", 0.05)
    worker = OcrWorker(application, settings.changed(ocr_lease_s=0.1), files, readers)
    task = asyncio.create_task(worker.run())
    ended_jobs = [await ann.ended(job["id"]) for job in jobs]
    assert {(job["state"], job["progress"]["attempts"]) for job in ended_jobs} == {("done", 1)}
    assert files.failures == 0
    worker.stop()
    await ended(task)


@pytest.mark.usefixtures("read_here")
async def test_a_worker_outlives_what_nobody_foresaw(
    idle: Server,
    settings: Config,
    application: Pool,
    readers: EnginePool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried, claim = 0, leases.claim

    async def broken(connection: Any, *rest: Any) -> Any:
        nonlocal tried
        tried += 1
        if tried == 1:
            await connection.execute("SELECT 1 / 0")
        return await claim(connection, *rest)

    monkeypatch.setattr(leases, "claim", broken)
    worker = OcrWorker(
        application, settings, DiskStore(settings.stores.data_dir / "uploads"), readers
    )
    task = asyncio.create_task(worker.run())
    ann = await person(idle)
    job = await ann.send_async("menu", png())
    assert (await ann.ended(job["id"]))["state"] == "done"
    assert tried > 1
    worker.stop()
    await ended(task)


async def test_a_worker_stops_without_a_database(
    idle: Server, settings: Config, pool: Pool, readers: EnginePool
) -> None:
    ann = await person(idle)
    await ann.send_async("menu", png())

    class Slow(DiskStore):
        async def get(self, name: str) -> bytes:
            await asyncio.sleep(60)
            return await super().get(name)

    own = await create_pool(settings)
    worker = OcrWorker(own, settings, Slow(settings.stores.data_dir / "uploads"), readers)
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(30):
        while not await count(pool, "reading"):
            await asyncio.sleep(0.01)
    await own.close()
    task.cancel()
    await ended(task)


async def test_a_storage_that_hangs_keeps_nobody_waiting(
    idle: Server, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job is cancelled; the file is deleted by a later clean-up."""

    async def hang(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(DiskStore, "delete", hang)
    monkeypatch.setattr(web_files, "PATIENCE_S", 0.2)
    ann = await person(idle)
    job = await ann.send_async("menu", png())
    began = time.monotonic()
    answer = await ann.job(job["id"], "DELETE")
    assert (answer.status, answer.json["state"]) == (200, "cancelled")
    assert time.monotonic() - began < 5
    assert await pool.fetchval("SELECT count(*) FROM files_to_delete") == 1
    await pool.execute("DELETE FROM files_to_delete")


async def test_an_upload_that_is_cancelled_leaves_no_file(
    idle: Server, settings: Config, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that writes cannot be cancelled: the end is waited for."""
    writing, write = asyncio.Event(), disk._write
    loop = asyncio.get_running_loop()

    def slowly(path: Path, content: bytes) -> None:
        loop.call_soon_threadsafe(writing.set)
        time.sleep(0.3)
        write(path, content)

    monkeypatch.setattr(disk, "_write", slowly)
    ann = await person(idle)
    task = asyncio.create_task(
        submit(idle.app, UserId(ann.user_id), "menu", png(), waited_for=False)
    )
    await writing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [it for it in (settings.stores.data_dir / "uploads").rglob("*") if it.is_file()] == []
    assert await pool.fetchval("SELECT count(*) FROM ocr_jobs") == 0


async def test_a_half_written_file_goes_with_its_name(settings: Config) -> None:
    """The server was killed while it wrote."""
    name = "0192f0c4-6f0e-7c4e-9a53-000000000001.png"
    folder = settings.stores.data_dir / "uploads" / name[:2]
    folder.mkdir(parents=True)
    (folder / f".{name}").write_bytes(b"half")
    await DiskStore(settings.stores.data_dir / "uploads").delete(name)
    assert list(folder.iterdir()) == []


async def test_an_account_goes_while_its_job_is_cancelled(
    idle: Server, settings: Config, pool: Pool, application: Pool
) -> None:
    """Both note the same file."""
    ann = await person(idle)
    job = await ann.send_async("menu", png())
    stored = await pool.fetchval("SELECT password_hash FROM users WHERE id = $1", ann.user_id)
    cancelled = asyncio.Event()

    async def cancel() -> None:
        async with transaction(application, settings, ann.user_id) as connection:
            now = datetime.now(UTC)
            assert await queries.cancel(connection, UserId(ann.user_id), job["id"], now)
            cancelled.set()
            await asyncio.sleep(0.2)

    async def delete() -> None:
        await cancelled.wait()
        async with transaction(application, settings, ann.user_id) as connection:
            assert await delete_user(connection, UserId(ann.user_id), stored) is not None

    await asyncio.gather(cancel(), delete())
    assert await pool.fetchval("SELECT count(*) FROM users WHERE id = $1", ann.user_id) == 0
    assert await pool.fetchval("DELETE FROM files_to_delete RETURNING 1") == 1


def _processes() -> list[psutil.Process]:
    return [
        child for child in psutil.Process().children(recursive=True)
        if "spawn_main" in " ".join(child.cmdline())
    ]  # fmt: skip


async def test_readers_that_die_idle_leave_nobody_behind(readers: EnginePool) -> None:
    """The other one of the broken pair ends too, or they would add up."""
    before = set(_processes())
    photo = Photo(png(), "0" * 64, "menu")
    for _ in range(2):
        await readers.read(photo)
        ours = set(_processes()) - before
        assert len(ours) == 2
        ours.pop().kill()
        async with asyncio.timeout(30):
            while readers._pool.active:
                await asyncio.sleep(0.02)
    await readers.read(photo)
    assert len(set(_processes()) - before) == 2
