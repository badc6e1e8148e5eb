"""Metrics of a process: itself, and its connections to PostgreSQL and streams, sampled."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web
from prometheus_client import Gauge

from sync_server.store.postgres import POOL
from sync_server.sync.notify.open_streams import STREAMS

INTERVAL_S = 5.0
CONNECTIONS = Gauge(
    "trackforge_database_connections",
    "Connections to PostgreSQL that are in use or idle, and requests that wait for one.",
    ("state",),
    multiprocess_mode="livesum",
)
PROCESSES = Gauge(
    "trackforge_server_processes",
    "Processes that answer requests, of those that share a port.",
    multiprocess_mode="livesum",
)
OPEN_STREAMS = Gauge("trackforge_streams", "Streams that are open.", multiprocess_mode="livesum")


async def process_metrics_context(app: web.Application) -> AsyncIterator[None]:
    """Sample as long as the application runs."""
    PROCESSES.set(1)
    task = asyncio.create_task(_sample(app))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _sample(app: web.Application) -> None:
    while True:
        usage = app[POOL].usage()
        for state, count in usage._asdict().items():
            CONNECTIONS.labels(state).set(count)
        OPEN_STREAMS.set(len(app[STREAMS]))
        await asyncio.sleep(INTERVAL_S)
