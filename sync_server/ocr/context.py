"""Lifetime of the OCR worker, in the application or in a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

from aiohttp import web

from sync_server.config.settings import CONFIG, Config
from sync_server.ocr.engine_pool import EnginePool
from sync_server.ocr.worker import OcrWorker
from sync_server.store.files.registry import open_file_store
from sync_server.store.postgres import POOL, Pool
from sync_server.web.admission import UserAdmission
from sync_server.web.traces import JOB_TRACES, open_tracing, untraced
from sync_server.web.upload_slots import UploadSlots
from sync_server.web.uploads import FILE_STORE

MAX_UPLOADS, MAX_UPLOADS_PER_USER, MAX_PARALLEL_CHECKS = 16, 4, 4
"""Parallel uploads in a process, of one user, and parallel checks, of which one user has one."""
CHECK_WAIT_S = 60.0

IMAGE_SLOTS: web.AppKey[UploadSlots] = web.AppKey("image_slots", UploadSlots)
CHECK_TURNS: web.AppKey[UserAdmission] = web.AppKey("check_turns", UserAdmission)
CHECK_SLOTS: web.AppKey[asyncio.Semaphore] = web.AppKey("check_slots", asyncio.Semaphore)
WORKER: web.AppKey[OcrWorker] = web.AppKey("worker", OcrWorker)
ENGINE_POOL: web.AppKey[EnginePool] = web.AppKey("readers", EnginePool)


async def ocr_context(app: web.Application) -> AsyncIterator[None]:
    """Worker and engine pool, for the lifetime of the application."""
    engines = EnginePool(app[CONFIG])
    app[ENGINE_POOL] = engines
    app[IMAGE_SLOTS] = UploadSlots(MAX_UPLOADS, MAX_UPLOADS_PER_USER)
    app[CHECK_TURNS] = UserAdmission("images", 1, MAX_UPLOADS_PER_USER, CHECK_WAIT_S)
    app[CHECK_SLOTS] = asyncio.Semaphore(MAX_PARALLEL_CHECKS)
    app[WORKER] = worker = OcrWorker(
        app[POOL], app[CONFIG], app[FILE_STORE], engines, app[JOB_TRACES]
    )
    task = asyncio.create_task(worker.run())
    yield
    # Running jobs return to the queue: shutdown does not wait for them.
    worker.stop()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(engines.close)


async def run_worker(pool: Pool, config: Config, stop: Awaitable[object]) -> None:
    """Run a worker until `stop`; running jobs get the drain timeout of requests."""
    async with open_file_store(config) as files:
        engines = EnginePool(config)
        engines.warm()
        tracing = open_tracing(config)
        worker = OcrWorker(pool, config, files, engines, tracing.job if tracing else untraced)
        task = asyncio.create_task(worker.run())
        try:
            await stop
            worker.stop()
            await asyncio.wait([task], timeout=config.serving.drain_timeout_s)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.to_thread(engines.close)
            if tracing:
                await tracing.close()
