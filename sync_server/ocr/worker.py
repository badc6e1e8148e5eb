"""OCR worker: claims jobs and reads their images, beside the web server or in its own process."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import orjson
import structlog

from sync_server.config.settings import Config
from sync_server.ocr import leases
from sync_server.ocr.engine_pool import Draft, EngineFailure, EnginePool
from sync_server.ocr.engines.interface import Photo
from sync_server.ocr.queries import Job
from sync_server.ocr.serialize import barcodes_of, names_of, serialize_draft
from sync_server.ocr.suggestions import foods_of_barcodes, suggest_exercises, suggest_foods
from sync_server.ocr.worker_metrics import READ_SECONDS, READERS, WAITING, reading
from sync_server.store.files.interface import FileStore, FileStoreUnavailable, NoSuchFile
from sync_server.store.postgres import (
    Connection,
    Pool,
    bypass_row_level_security,
    transaction,
)
from sync_server.web.error_middleware import DATABASE_FAILURES
from sync_server.web.traces import TraceJob, untraced

POLL_S = 0.5
IDLE_POLL_S = 2.0
"""Interval of asking an empty queue, to which it grows; a job sent to this process wakes it up."""

COUNT_INTERVAL_S = 15.0
log = structlog.get_logger(__name__)


class OcrWorker:
    """Worker of the job queue: `ocr_processes` jobs at once."""

    def __init__(
        self,
        pool: Pool,
        config: Config,
        files: FileStore,
        engines: EnginePool,
        trace: TraceJob = untraced,
    ) -> None:
        self._pool, self._config, self._files, self._engines = pool, config, files, engines
        self._trace = trace
        self._name = str(uuid.uuid4())
        self._lease = timedelta(seconds=config.ocr.ocr_lease_s)
        self._notified, self._stopping = asyncio.Event(), False
        self._ended = asyncio.Condition()

    async def run(self) -> None:
        """Process jobs until stopped; running jobs are finished first."""
        counting = asyncio.create_task(self._count_waiting())
        READERS.labels("idle").inc(self._config.ocr.ocr_processes)
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(self._config.ocr.ocr_processes):
                    tasks.create_task(self._work())
        finally:
            READERS.labels("idle").dec(self._config.ocr.ocr_processes)
            counting.cancel()

    def notify(self) -> None:
        """Wake up the worker: there is a new job."""
        self._notified.set()

    def stop(self) -> None:
        """Claim no more jobs."""
        self._stopping = True
        self._notified.set()

    async def wait_for_end(self) -> None:
        """Wait until a job of this process has ended, POLL_S at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S), self._ended:
                await self._ended.wait()

    async def _work(self) -> None:
        pause_s = POLL_S
        while not self._stopping:
            self._notified.clear()
            try:
                job = await self._next()
                if job is not None:
                    with self._trace(f"read {job.kind}", job.id), reading():
                        await self._process(job)
                    pause_s = POLL_S
                    continue
            except (FileStoreUnavailable, *DATABASE_FAILURES) as error:
                log.warning("ocr interrupted", reason=repr(error))
            except Exception:
                # The worker must go on: nothing else serves the queue.
                log.exception("ocr interrupted unexpectedly")
            await self._pause(pause_s)
            pause_s = min(2 * pause_s, IDLE_POLL_S)

    async def _count_waiting(self) -> None:
        """Measure the queue, so that more workers can be started when it grows."""
        while self._config.ocr.ocr_processes:
            with suppress(*DATABASE_FAILURES):
                async with bypass_row_level_security(self._pool, self._config) as connection:
                    WAITING.set(await leases.count_waiting(connection))
            await asyncio.sleep(COUNT_INTERVAL_S)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._notified.wait(), seconds)

    async def _next(self) -> Job | None:
        async with bypass_row_level_security(self._pool, self._config) as connection:
            job = await leases.claim(
                connection, self._name, self._config.ocr.ocr_provider, self._lease
            )
            if job is None:
                await leases.fail_exhausted(connection)
        return job

    async def _process(self, job: Job) -> None:
        """Read a job's image under a renewed lease, and store the result."""
        started = time.perf_counter()
        reading = asyncio.create_task(self._read(job))
        try:
            await self._renew_lease(job, reading)
            outcome = await self._finish(job, reading)
        except asyncio.CancelledError:
            await self._give_up_lease(job, leases.release)
            raise
        except (FileStoreUnavailable, *DATABASE_FAILURES):
            # Not the image's fault: retried after the lease, without counting the attempt.
            await self._give_up_lease(job, leases.defer)
            raise
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            async with self._ended:
                self._ended.notify_all()
        READ_SECONDS.labels(job.kind, outcome).observe(time.perf_counter() - started)
        log.info("ocr finished", job=job.id, kind=job.kind, outcome=outcome)

    async def _give_up_lease(
        self, job: Job, leave: Callable[[Connection, Job, str], Awaitable[None]]
    ) -> None:
        """Give up the lease; without a database it expires."""
        with suppress(*DATABASE_FAILURES):
            async with transaction(self._pool, self._config, job.user_id) as connection:
                await leave(connection, job, self._name)

    async def _renew_lease(self, job: Job, reading: asyncio.Task[bytes]) -> None:
        """Renew the lease until the image is read, or the lease is lost."""
        holds_lease = True
        beat_s = self._lease.total_seconds() / 3
        while holds_lease and not (await asyncio.wait([reading], timeout=beat_s))[0]:
            with suppress(*DATABASE_FAILURES):  # the database may be back before the lease expires
                async with transaction(self._pool, self._config, job.user_id) as connection:
                    holds_lease = await leases.renew(connection, job, self._name, self._lease)

    async def _finish(self, job: Job, reading: asyncio.Task[bytes]) -> str:
        """Store the result or the failure; returns `done`, `lost` or a failure code."""
        failure, result = None, None
        if not reading.done():
            return "lost"
        try:
            result = reading.result().decode()
        except EngineFailure as error:
            failure = str(error)
        except (FileStoreUnavailable, *DATABASE_FAILURES):
            raise
        except Exception:
            # A bug on one image; a retry would not help.
            log.exception("ocr failed unexpectedly", job=job.id)
            failure = "given_up"
        async with transaction(self._pool, self._config, job.user_id) as connection:
            stored = await leases.finish(
                connection, job, self._name, result=result, failure=failure
            )
        return failure or "done" if stored else "lost"

    async def _read(self, job: Job) -> bytes:
        try:
            image = await self._files.get(job.file or "")
        except NoSuchFile:
            raise EngineFailure("image_gone") from None
        draft = await self._engines.read(Photo(image, job.digest, job.kind))
        return await self._render_result(job, draft)

    async def _render_result(self, job: Job, draft: Draft) -> bytes:
        """Result as JSON text, with suggestions."""
        look_up = suggest_exercises if job.kind == "workout" else suggest_foods
        async with transaction(self._pool, self._config, job.user_id) as connection:
            matches = await look_up(connection, job.user_id, names_of(draft))
            foods = await foods_of_barcodes(connection, job.user_id, barcodes_of(draft))
        members = {
            "id": job.id,
            "provider": job.provider,
            "image": {"width": job.width, "height": job.height},
        }
        return orjson.dumps(members | serialize_draft(draft, matches | foods))
