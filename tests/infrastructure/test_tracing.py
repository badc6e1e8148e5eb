"""Traces of requests: a collector on this machine receives them and looks inside."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from sync_server.config.settings import Config
from sync_server.logs import hashed_id
from tests.conftest import running
from tests.ocr.images import png
from tests.ocr.ocr_client import OcrClient
from tests.support.client import Client

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"


@asynccontextmanager
async def collector() -> AsyncIterator[tuple[str, list[Span]]]:
    """URL of a collector, and the spans that it has received."""
    spans: list[Span] = []

    async def receive(request: web.Request) -> web.Response:
        message = ExportTraceServiceRequest.FromString(await request.read())
        for resource in message.resource_spans:
            names = {it.key: it.value.string_value for it in resource.resource.attributes}
            assert names["service.name"] == "trackforge-sync"
            spans.extend(span for scope in resource.scope_spans for span in scope.spans)
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/traces", receive)
    async with TestServer(app) as server:
        yield str(server.make_url("")), spans


async def traced(
    config: Config, share: float, work: Callable[[Client], object], **settings: object
) -> Sequence[Span]:
    """Spans of what a new user does."""
    async with collector() as (url, spans):
        chosen = config.changed(
            otel_exporter_otlp_endpoint=url, otel_traces_sampler_arg=share, **settings
        )
        async with running(chosen) as server:
            done = work(Client(server.base_url))
            assert asyncio.iscoroutine(done)
            await done
        return spans


def attributes(span: Span) -> dict[str, str]:
    """Attributes of a span as text."""
    return {it.key: it.value.string_value or str(it.value.int_value) for it in span.attributes}


async def test_a_request_has_a_span_with_its_statements_and_commands(config: Config) -> None:
    people: list[Client] = []

    async def work(person: Client) -> None:
        people.append(person)
        await person.register()
        parent = f"00-{TRACE}-{CALLER}-01"
        response = await person.send("GET", "/sync/pull?limit=1", traceparent=parent)
        assert response.status == 200

    spans = await traced(config, 1.0, work)
    (pull,) = [
        it for it in spans if it.trace_id.hex() == TRACE and it.kind == Span.SPAN_KIND_SERVER
    ]
    assert pull.name == "GET /api/v1/sync/pull"
    assert pull.parent_span_id.hex() == CALLER
    found = attributes(pull)
    assert found["http.response.status_code"] == "200"
    key = next(iter(config.auth.secret_keys.values()))
    assert found["trackforge.user"] == hashed_id(key, people[0].user_id)
    below = [it for it in spans if it.parent_span_id == pull.span_id]
    assert {it.name for it in below} == {"postgresql", "valkey"}
    assert any("FROM records" in attributes(it).get("db.query.text", "") for it in below)
    for span in below:
        assert pull.start_time_unix_nano - 1_000_000 <= span.start_time_unix_nano
        assert span.end_time_unix_nano <= pull.end_time_unix_nano + 1_000_000
    # Whoever reads traces learns nothing of anybody.
    text = "".join(str(it) for it in spans)
    for secret in (people[0].email.lower(), people[0].user_id, people[0].password, "limit=1"):
        assert secret not in text


@pytest.mark.parametrize(
    ("share", "flag", "count"), [(0.0, "01", 0), (1.0, "00", 0), (1.0, "01", 1)]
)
async def test_the_share_and_the_caller_choose(
    config: Config, share: float, flag: str, count: int
) -> None:
    async def work(person: Client) -> None:
        await person.send("GET", "/sync/config", traceparent=f"00-{TRACE}-{CALLER}-{flag}")

    spans = await traced(config, share, work)
    assert sum(it.kind == Span.SPAN_KIND_SERVER for it in spans) == count


async def test_a_stream_is_not_traced(config: Config) -> None:
    async def work(person: Client) -> None:
        await person.register()
        headers = {"Authorization": f"Bearer {person.tokens['access_token']}"}
        async with (
            aiohttp.ClientSession(person.base_url, headers=headers) as http,
            http.get("/api/v1/sync/stream") as stream,
        ):
            assert stream.status == 200
            assert await stream.content.readline()

    spans = await traced(config, 1.0, work)
    assert [it.name for it in spans if it.kind == Span.SPAN_KIND_SERVER] == [
        "POST /api/v1/auth/register"
    ]


async def test_a_trace_parent_that_is_none_changes_nothing(config: Config) -> None:
    async def work(person: Client) -> None:
        response = await person.send("GET", "/sync/config", traceparent="00-nonsense")
        assert response.status == 200

    (span,) = [it for it in await traced(config, 1.0, work) if it.kind == Span.SPAN_KIND_SERVER]
    assert span.parent_span_id == b""


async def test_a_collector_that_is_away_costs_nobody_anything(config: Config) -> None:
    away = config.changed(
        otel_exporter_otlp_endpoint="http://127.0.0.1:1", otel_traces_sampler_arg=1.0
    )
    async with running(away) as server:
        person = Client(server.base_url)
        await person.register()
        assert (await person.send("GET", "/sync/pull")).status == 200


async def test_a_job_that_reads_an_image_is_traced(config: Config) -> None:
    async def work(person: Client) -> None:
        reader = OcrClient(person.base_url)
        await reader.register()
        job = await reader.send_async("menu", png())
        assert (await reader.ended(job["id"]))["state"] == "done"

    spans = await traced(config, 1.0, work)
    (job,) = [it for it in spans if it.name == "read menu"]
    assert attributes(job)["trackforge.job"]
    assert any(it.parent_span_id == job.span_id for it in spans)
