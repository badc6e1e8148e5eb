"""Who takes up jobs and reads them: beside the web server, or in a process of its own."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import orjson
import structlog
from aiohttp import web
from prometheus_client import Histogram

from sync_server.config.settings import CONFIG, Config
from sync_server.ocr import leases as claims
from sync_server.ocr.engine_pool import Draft, Readers, ReadingFailed
from sync_server.ocr.engines.interface import Photo
from sync_server.ocr.queries import Job
from sync_server.ocr.serialize import names_of, tell
from sync_server.ocr.suggestions import exercise_matches, food_matches
from sync_server.store.files.interface import FileStore, FileStoreUnavailable, NoSuchFile
from sync_server.store.files.registry import open_file_store
from sync_server.store.postgres import (
    POOL,
    Connection,
    Pool,
    bypass_row_level_security,
    transaction,
)
from sync_server.web.error_middleware import DATABASE_FAILURES
from sync_server.web.upload_slots import UploadSlots
from sync_server.web.uploads import FILE_STORE

POLL_S = 0.5
ROOM, ROOM_OF_ONE, AT_ONCE = 16, 4, 2
"""Images that are uploaded at once, by one user, and checked at once."""

READ = Histogram(
    "trackforge_ocr_seconds",
    "Time to read an image, by kind and outcome.",
    ("kind", "outcome"),
    buckets=(0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60),
)
log = structlog.get_logger(__name__)


class Worker:
    """Takes up one job after the other, as many at once as there are readers."""

    def __init__(self, pool: Pool, config: Config, files: FileStore, readers: Readers) -> None:
        self._pool, self._config, self._files, self._readers = pool, config, files, readers
        self._name = str(uuid.uuid4())
        self._lease = timedelta(seconds=config.ocr_lease_s)
        self._called, self._stopping = asyncio.Event(), False
        self._ended = asyncio.Condition()

    async def run(self) -> None:
        """Work until stopped; jobs under way are finished first."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._config.ocr_processes):
                tasks.create_task(self._work())

    def call(self) -> None:
        """There is a new job."""
        self._called.set()

    def stop(self) -> None:
        """Take up no more jobs."""
        self._stopping = True
        self._called.set()

    async def job_ended(self) -> None:
        """Wait until a job of this process has ended, a while at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S), self._ended:
                await self._ended.wait()

    async def _work(self) -> None:
        while not self._stopping:
            self._called.clear()
            try:
                job = await self._next()
                if job is not None:
                    await self._take(job)
                    continue
            except (FileStoreUnavailable, *DATABASE_FAILURES) as error:
                log.warning("reading interrupted", reason=repr(error))
            except Exception:
                # A worker that ended would leave the queue to nobody.
                log.exception("reading interrupted unexpectedly")
            await self._pause()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._called.wait(), POLL_S)

    async def _next(self) -> Job | None:
        async with bypass_row_level_security(self._pool, self._config) as connection:
            job = await claims.claim(connection, self._name, self._config.ocr_provider, self._lease)
            if job is None:
                await claims.give_up(connection)
        return job

    async def _take(self, job: Job) -> None:
        """Read a job's image, unless it is cancelled meanwhile, and keep what it says."""
        began = time.perf_counter()
        reading = asyncio.create_task(self._read(job))
        try:
            await self._watch(job, reading)
            outcome = await self._finish(job, reading)
        except asyncio.CancelledError:
            await self._leave(job, claims.give_back)
            raise
        except (FileStoreUnavailable, *DATABASE_FAILURES):
            # Not the image's fault: when the lease has ended it is tried as if for the first time.
            await self._leave(job, claims.put_off)
            raise
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            async with self._ended:
                self._ended.notify_all()
        READ.labels(job.kind, outcome).observe(time.perf_counter() - began)
        log.info("image read", job=job.id, kind=job.kind, outcome=outcome)

    async def _leave(
        self, job: Job, leave: Callable[[Connection, Job, str], Awaitable[None]]
    ) -> None:
        """Leave a job to others; without a database its lease does that."""
        with suppress(*DATABASE_FAILURES):
            async with transaction(self._pool, self._config, job.user_id) as connection:
                await leave(connection, job, self._name)

    async def _watch(self, job: Job, reading: asyncio.Task[bytes]) -> None:
        """Renew the lease until the reading ends, or the job is no longer ours."""
        ours = True
        beat_s = self._lease.total_seconds() / 3
        while ours and not (await asyncio.wait([reading], timeout=beat_s))[0]:
            with suppress(*DATABASE_FAILURES):  # it may be back before the lease ends
                async with transaction(self._pool, self._config, job.user_id) as connection:
                    ours = await claims.renew(connection, job, self._name, self._lease)

    async def _finish(self, job: Job, reading: asyncio.Task[bytes]) -> str:
        """Keep what was read, or why it was not; how it ended, in a word."""
        failure, result = None, None
        if not reading.done():
            return "lost"
        try:
            result = reading.result().decode()
        except ReadingFailed as error:
            failure = str(error)
        except (FileStoreUnavailable, *DATABASE_FAILURES):
            raise
        except Exception:
            # Of one image that nobody foresaw; reading it again would not help.
            log.exception("reading failed unexpectedly", job=job.id)
            failure = "given_up"
        async with transaction(self._pool, self._config, job.user_id) as connection:
            kept = await claims.finish(connection, job, self._name, result=result, failure=failure)
        return failure or "done" if kept else "lost"

    async def _read(self, job: Job) -> bytes:
        try:
            image = await self._files.get(job.file or "")
        except NoSuchFile:
            raise ReadingFailed("image_gone") from None
        draft = await self._readers.read(Photo(image, job.digest, job.kind))
        return await self._told(job, draft)

    async def _told(self, job: Job, draft: Draft) -> bytes:
        """The answer of the routes, as JSON text."""
        look_up = food_matches if job.kind == "menu" else exercise_matches
        async with transaction(self._pool, self._config, job.user_id) as connection:
            matches = await look_up(connection, job.user_id, names_of(draft))
        head = {
            "id": job.id,
            "provider": job.provider,
            "image": {"width": job.width, "height": job.height},
        }
        return orjson.dumps(head | tell(draft, matches))


IMAGE_SLOTS: web.AppKey[UploadSlots] = web.AppKey("image_slots", UploadSlots)
WORKER: web.AppKey[Worker] = web.AppKey("worker", Worker)
READERS: web.AppKey[Readers] = web.AppKey("readers", Readers)


async def reading_images(app: web.Application) -> AsyncIterator[None]:
    """A worker beside the web server, as long as the application runs."""
    readers = Readers(app[CONFIG])
    app[READERS] = readers
    app[IMAGE_SLOTS] = UploadSlots(ROOM, ROOM_OF_ONE, AT_ONCE)
    app[WORKER] = worker = Worker(app[POOL], app[CONFIG], app[FILE_STORE], readers)
    task = asyncio.create_task(worker.run())
    yield
    # What is being read goes back into the queue: stopping does not wait for it.
    worker.stop()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(readers.close)


async def work(pool: Pool, config: Config, stop: Awaitable[object]) -> None:
    """Read images until `stop`; those under way are given as long as a server's requests are."""
    async with open_file_store(config) as files:
        readers = Readers(config)
        readers.warm()
        worker = Worker(pool, config, files, readers)
        task = asyncio.create_task(worker.run())
        try:
            await stop
            worker.stop()
            await asyncio.wait([task], timeout=config.drain_timeout_s)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.to_thread(readers.close)
