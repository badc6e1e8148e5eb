"""Liveness, readiness and metrics, outside the versioned routes, for the operator's tools."""

import asyncio

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from sync_server.config.settings import CONFIG
from sync_server.store.postgres import POOL, acquire
from sync_server.store.redis import BREAKER, REDIS
from sync_server.web.error_middleware import DATABASE_FAILURES
from sync_server.web.identity import public
from sync_server.web.openapi import NamedSchema, Parameter, Response, operation
from sync_server.web.respond import NO_STORE, json_response

PROBE_TIMEOUT_S = 0.5
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
            "database": _STATE,
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
        503: Response(READY, "Starting, draining, or without the database", headers=RETRY_AFTER),
    },
    tag="health",
)
@public
async def ready(request: web.Request) -> web.StreamResponse:
    """Readiness: 503 while starting, while draining and without the database.

    Without Valkey the server is degraded and still ready.
    """
    database = await _is_database_up(request)
    redis = request.app[REDIS]
    cache = await request.app[BREAKER].call(lambda: _ping(redis.ping()), default=False)
    draining = request.app[DRAINING].is_set()
    is_ready = database and not draining and not request.app[STARTING].is_set()
    body = {
        "status": "draining" if draining else "ready" if is_ready else "unready",
        "database": "up" if database else "down",
        "cache": "up" if cache else "down",
    }
    if is_ready:
        return json_response(request, body)
    return json_response(request, body, status=503, headers=NO_STORE | {"Retry-After": "1"})


@operation(responses={200: Response({"type": "string"}, media="text/plain")}, tag="health")
@public
async def metrics(_request: web.Request) -> web.StreamResponse:
    """Metrics in Prometheus' text format."""
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _ping(answer: object) -> bool:
    if asyncio.iscoroutine(answer):
        await answer
    return True


async def _is_database_up(request: web.Request) -> bool:
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            async with acquire(request.app[POOL], request.app[CONFIG]) as connection:
                await connection.execute("SELECT 1")
    except DATABASE_FAILURES:
        return False
    return True
