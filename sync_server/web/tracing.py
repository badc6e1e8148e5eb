"""Traces of requests and jobs, sent to a collector by OpenTelemetry's protocol over HTTP.

A span has the route's pattern, never a path, a query, a body or a parameter of a statement. Users
are hashed, with LOG_ID_KEY or else the first of SECRET_KEYS. A request that is not traced costs a
comparison.
"""

import asyncio
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiohttp import web
from aiohttp.typedefs import Handler
from asyncpg.connection import LoggedQuery
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sync_server import __version__
from sync_server.config.settings import Config
from sync_server.logs import hashed_id
from sync_server.store import observers
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.identity import IDENTITY
from sync_server.web.observability import LONG_LIVED, route_of

PARENT = "traceparent"
NS = 1_000_000_000
EXPORT_TIMEOUT_S, CLOSE_TIMEOUT_S = 10.0, 1.0
# What travels with BEGIN has the user's id in its text: such a message has no parameters.
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Tracing:
    """Spans of a process: a middleware, a context manager for jobs, and the sending."""

    def __init__(self, config: Config) -> None:
        settings = config.observability
        self._share = settings.otel_traces_sampler_arg
        key = settings.log_id_key.encode() or next(iter(config.auth.secret_keys.values()), b"")
        self._id_key = key
        self._propagator = TraceContextTextMapPropagator()
        # What has no caller's trace is chosen before a span is made; a caller's is chosen by its
        # id, so that nobody can have every request traced.
        sampler = ParentBased(ALWAYS_ON, remote_parent_sampled=TraceIdRatioBased(self._share))
        resource = Resource.create(
            {SERVICE_NAME: settings.otel_service_name, SERVICE_VERSION: __version__}
        )
        self._provider = TracerProvider(sampler, resource, shutdown_on_exit=False)
        endpoint = settings.otel_exporter_otlp_endpoint.rstrip("/") + "/v1/traces"
        self._exporter = OTLPSpanExporter(endpoint, timeout=EXPORT_TIMEOUT_S)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("sync_server", __version__)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Trace the request if it is chosen."""
        if PARENT not in request.headers and random.random() >= self._share:
            return await handler(request)
        span = self._tracer.start_span(
            f"{request.method} {route_of(request)}",
            self._propagator.extract(request.headers),
            SpanKind.SERVER,
        )
        if not span.is_recording():
            return await handler(request)
        with self._observed(span, lambda: LONG_LIVED in request):
            response = await handler(request)
            self._describe(span, request, response)
            return response

    @contextmanager
    def job(self, name: str, job_id: str) -> Iterator[None]:
        """Trace the block, if it is chosen."""
        if random.random() >= self._share:
            yield
            return
        with self._observed(self._tracer.start_span(name, attributes={"trackforge.job": job_id})):
            yield

    async def close(self) -> None:
        """Send what is left; a collector that is away is waited for shortly."""
        sending = asyncio.create_task(asyncio.to_thread(self._provider.shutdown))
        await asyncio.wait([sending], timeout=CLOSE_TIMEOUT_S)
        if not sending.done():
            self._exporter.shutdown()  # ends its repeated attempts
        await sending

    @contextmanager
    def _observed(
        self, span: Span, is_dropped: Callable[[], bool] = lambda: False
    ) -> Iterator[None]:
        """The span, ended with the block, with one below it for each statement and command.

        One that is dropped is not sent: a stream lasts as long as its client listens.
        """
        context = set_span_in_context(span)

        def below(name: str, started: int, ended: int, attributes: dict[str, str]) -> None:
            if not is_dropped():
                kind = SpanKind.CLIENT
                self._tracer.start_span(name, context, kind, attributes, start_time=started).end(
                    ended
                )

        def query(done: LoggedQuery) -> None:
            ended = time.time_ns()
            text = _ID.sub("?", done.query)
            attributes = {"db.system.name": "postgresql", "db.query.text": text}
            if done.exception is not None:
                attributes["error.type"] = type(done.exception).__name__
            below("postgresql", ended - int(done.elapsed * NS), ended, attributes)

        def command(names: str, started: int) -> None:
            attributes = {"db.system.name": "redis", "db.operation.name": names}
            below("valkey", started, time.time_ns(), attributes)

        queries, commands = observers.QUERIES.set(query), observers.COMMANDS.set(command)
        try:
            yield
        except BaseException as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            observers.QUERIES.reset(queries)
            observers.COMMANDS.reset(commands)
            if not is_dropped():
                span.end()

    def _describe(self, span: Span, request: web.Request, response: web.StreamResponse) -> None:
        span.set_attributes(
            {
                "http.request.method": request.method,
                "http.route": route_of(request),
                "http.response.status_code": response.status,
                "trackforge.request_id": request.get(REQUEST_ID, ""),
            }
        )
        if identity := request.get(IDENTITY):
            span.set_attribute("trackforge.user", hashed_id(self._id_key, identity.user_id))
        if response.status >= 500:
            span.set_status(StatusCode.ERROR)
