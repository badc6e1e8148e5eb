"""Start of traces, where the settings name a collector: the library is an optional extra."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from aiohttp import web

from sync_server.config.settings import Config

if TYPE_CHECKING:
    from sync_server.web.tracing import Tracing

TraceJob = Callable[[str, str], AbstractContextManager[None]]
"""Context manager of a job, by its name and id."""


def untraced(_name: str, _job_id: str) -> AbstractContextManager[None]:
    """Context manager of a job that is not traced."""
    return nullcontext()


JOB_TRACES: web.AppKey[TraceJob] = web.AppKey("job_traces")


def open_tracing(config: Config) -> "Tracing | None":
    """Traces of this process; None when no collector is set."""
    if not config.observability.otel_exporter_otlp_endpoint:
        return None
    from sync_server.web.tracing import Tracing

    return Tracing(config)


def add_tracing(app: web.Application, config: Config) -> None:
    """Trace the requests of an application and the jobs of its worker, if a collector is set."""
    tracing = open_tracing(config)
    app[JOB_TRACES] = tracing.job if tracing else untraced
    if tracing is None:
        return
    app.middlewares.insert(0, tracing.middleware)

    async def send_the_rest(_app: web.Application) -> AsyncIterator[None]:
        yield
        await tracing.close()

    app.cleanup_ctx.append(send_the_rest)
