"""Liveness, readiness and metrics, outside the versioned routes, for the operator's tools."""

import asyncio
import os
from typing import Literal

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
    multiprocess,
)

from sync_server.config.settings import CONFIG
from sync_server.store.breaker import BREAKER
from sync_server.store.postgres import POOL, acquire
from sync_server.store.redis import REDIS
from sync_server.store.write_probe import WRITES
from sync_server.web.error_middleware import DATABASE_FAILURES
from sync_server.web.identity import public
from sync_server.web.openapi import NamedSchema, Parameter, Response, operation
from sync_server.web.respond import NO_STORE, json_response

PROBE_TIMEOUT_S = 1.5
"""Longest wait for a connection and an answer: a busy database is not down."""
WRITE_TIMEOUT_S = 2.0
IS_READ_ONLY = "SELECT current_setting('transaction_read_only')::bool"
_STATE = {"type": "string", "enum": ["up", "down"]}
LIVE = NamedSchema(
    "Live",
    {
        "type": "object",
        "properties": {"status": {"type": "string", "const": "live"}},
        "required": ["status"],
        "additionalProperties": False,
    },
)
READY = NamedSchema(
    "Ready",
    {
        "type": "object",
        "properties": {
            "status": {"type": "string", "enum": ["ready", "unready", "draining"]},
            "database": {"type": "string", "enum": ["up", "read_only", "down"]},
            "cache": _STATE,
        },
        "required": ["status", "database", "cache"],
        "additionalProperties": False,
    },
)
RETRY_AFTER = {"Retry-After": Parameter({"type": "string"}, "Seconds to wait", required=True)}
STARTING: web.AppKey[asyncio.Event] = web.AppKey("starting", asyncio.Event)
"""Set while the start is not finished, such as the demo account's seed."""

DRAINING: web.AppKey[asyncio.Event] = web.AppKey("draining", asyncio.Event)


@operation(responses={200: LIVE}, tag="health")
@public
async def live(request: web.Request) -> web.StreamResponse:
    """Liveness: the event loop answers, nothing else is checked."""
    return json_response(request, {"status": "live"})


@operation(
    responses={
        200: READY,
        503: Response(
            READY, "Starting, draining, or the database stores nothing", headers=RETRY_AFTER
        ),
    },
    tag="health",
)
@public
async def ready(request: web.Request) -> web.StreamResponse:
    """Readiness: 503 while starting, while draining and without a database that stores.

    Without Valkey the server is degraded and still ready.
    """
    database = await _database_state(request)
    redis = request.app[REDIS]
    cache = await request.app[BREAKER].call(lambda: _ping(redis.ping()), default=False)
    draining = request.app[DRAINING].is_set()
    is_ready = database == "up" and not draining and not request.app[STARTING].is_set()
    body = {
        "status": "draining" if draining else "ready" if is_ready else "unready",
        "database": database,
        "cache": "up" if cache else "down",
    }
    if is_ready:
        return json_response(request, body)
    return json_response(request, body, status=503, headers=NO_STORE | {"Retry-After": "1"})


@operation(responses={200: Response({"type": "string"}, media="text/plain")}, tag="health")
@public
async def metrics(_request: web.Request) -> web.StreamResponse:
    """Metrics in Prometheus' text format."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        # Several processes serve: each shows the sums of all of them.
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return web.Response(
        body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )


async def _ping(answer: object) -> bool:
    if asyncio.iscoroutine(answer):
        await answer
    return True


async def _database_state(request: web.Request) -> Literal["up", "read_only", "down"]:
    now = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S) as limit:
            async with acquire(request.app[POOL], request.app[CONFIG]) as connection:
                read_only = await connection.fetchval(IS_READ_ONLY)
                limit.reschedule(now() + WRITE_TIMEOUT_S)
                if read_only or not await request.app[WRITES].works(connection):
                    return "read_only"
    except DATABASE_FAILURES:
        return "down"
    return "up"
