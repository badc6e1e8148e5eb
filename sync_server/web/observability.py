"""Metrics and logs of each request: never a token, a body or a raw path."""

import logging
import time
from functools import cache

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import Histogram

from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.identity import IDENTITY
from sync_server.web.respond import SECURITY_HEADERS

REQUESTS = Histogram(
    "trackforge_request_seconds",
    "Time to answer a request, by route and status.",
    ("method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
SLOW_S = 1.0
EXPECTED_SLOW: web.RequestKey[bool] = web.RequestKey("patient", bool)
"""Set by a handler that waits for work which takes its time."""
LONG_LIVED: web.RequestKey[bool] = web.RequestKey("long_lived", bool)
"""Set by a handler whose response lasts as long as its client listens."""

log = structlog.get_logger(__name__)


def route_of(request: web.Request) -> str:
    """The route's pattern, so that ids in paths make no labels of their own."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"


@cache
def _durations(method: str, route: str, status: int) -> Histogram:
    """The histogram of one kind of request; to find it by its labels costs more than to add."""
    return REQUESTS.labels(method, route, status)


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Time the request; log it if it failed, was rejected or was slow, else at debug level."""
    started = time.perf_counter()
    response = await handler(request)
    took = time.perf_counter() - started
    if LONG_LIVED in request and response.status < 400:
        return response  # the duration of a stream is the client's choice
    route = route_of(request)
    method = request.method if route != "unmatched" else "any"
    _durations(method, route, response.status).observe(took)
    slow = took > SLOW_S and EXPECTED_SLOW not in request
    failed = response.status >= 500
    level = (
        logging.WARNING
        if failed or slow
        else logging.INFO
        if response.status >= 400
        else logging.DEBUG
    )
    if not log.is_enabled_for(level):
        return response
    identity = request.get(IDENTITY)
    caller = {"user": identity.user_id, "session": identity.family_id} if identity else {}
    log.log(
        level,
        "request",
        method=method,
        route=route,
        status=response.status,
        ms=round(took * 1000, 1),
        request_id=request.get(REQUEST_ID),
        **caller,
    )
    return response


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer: a name to quote to support, and what ANY_ANSWER says.

    A page of the documentation says itself what it may load.
    """
    headers = response.headers
    if REQUEST_ID in request:
        headers["X-Request-Id"] = request[REQUEST_ID]
    policy = headers.get("Content-Security-Policy")
    headers.update(SECURITY_HEADERS)
    headers.popall("Server", None)
    if policy:
        headers["Content-Security-Policy"] = policy
    headers.setdefault("Cache-Control", "no-store")
