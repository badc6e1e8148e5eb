"""Pages of other origins: those that the settings name may call the API and read its errors."""

import re
import uuid

import aiohttp
import pytest

from sync_server.app import create_app
from sync_server.boot import allow_local_pages
from sync_server.config.settings import Config
from sync_server.routes import API
from sync_server.web.cors import EXPOSED
from tests.infrastructure.edge_settings import Caller, calling
from tests.support.client import Response

APP, OTHER = "https://app.example.com", "http://localhost:5173"
CORS_HEADERS = "Access-Control-"
REQUESTED_HEADERS = (
    "authorization",
    "idempotency-key",
    "content-encoding",
    "if-match",
    "traceparent",
    "baggage",
)
"""Headers of the protocol, and those that tracing libraries add to every request."""


@pytest.fixture
def open_to(config: Config) -> Config:
    return config.changed(cors_origins=(APP, OTHER))


async def preflight(
    caller: Caller, path: str, method: str, origin: str = APP, requested: str = "Authorization"
) -> Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": requested,
    }
    return await caller.send("OPTIONS", path, **headers)


def cors_headers(answer: Response) -> dict[str, str]:
    return {name: it for name, it in answer.headers.items() if name.startswith(CORS_HEADERS)}


async def test_it_is_off_unless_set(config: Config) -> None:
    async with calling(config) as caller:
        answer = await caller.send("GET", "/sync/config", **{"Origin": APP})
        assert answer.status == 200
        assert cors_headers(answer) == {}
        assert "Origin" not in answer.headers.get("Vary", "")
        assert (await preflight(caller, "/sync/push", "POST")).status == 405


async def test_every_route_of_the_api_answers_preflights_without_a_token(open_to: Config) -> None:
    routes = {
        (written(route.resource.canonical), route.method)
        for route in create_app(open_to).router.routes()
        if route.resource and route.resource.canonical.startswith(f"{API}/")
    }
    assert {("/sync/push", "POST"), ("/sync/push", "OPTIONS")} <= routes
    async with calling(open_to) as caller:
        for path, method in sorted(routes):
            if method in ("HEAD", "OPTIONS", "*"):
                continue
            answer = await preflight(caller, path, method, OTHER, ", ".join(REQUESTED_HEADERS))
            assert answer.status == 200, (path, method)
            assert answer.headers["Access-Control-Allow-Origin"] == OTHER
            assert answer.headers["Access-Control-Allow-Methods"] == method
            allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(",")
            assert sorted(allowed) == sorted(REQUESTED_HEADERS)
            assert answer.headers["Access-Control-Max-Age"] == "7200"
            assert "Access-Control-Allow-Credentials" not in answer.headers
            assert "Origin" in answer.headers["Vary"]
            assert "RateLimit-Policy" not in answer.headers


def written(path: str) -> str:
    """The path below the API with something for its variable parts, which may have a pattern."""
    variable = r"\{\w+[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"
    return re.sub(variable, str(uuid.UUID(int=7)), path).removeprefix(API)


@pytest.mark.parametrize(
    ("origin", "method", "requested"),
    [
        ("https://evil.example.com", "POST", "Authorization"),
        ("null", "POST", "Authorization"),
        (APP, "DELETE", "Authorization"),
    ],
)
async def test_a_refused_preflight_is_a_problem_document(
    open_to: Config, origin: str, method: str, requested: str
) -> None:
    async with calling(open_to) as caller:
        answer = await preflight(caller, "/sync/push", method, origin, requested)
    assert (answer.status, answer.json["code"]) == (403, "cors_refused")
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert cors_headers(answer) == {}


async def test_a_page_can_read_answers_and_errors(open_to: Config) -> None:
    async with calling(open_to) as caller:
        page = {"Origin": APP}
        account = await caller.sign_up(**page)
        token = {"Authorization": f"Bearer {account.json['access_token']}"}
        answers = {
            201: account,
            200: await caller.send("GET", "/sync/pull", **(page | token)),
            401: await caller.send("GET", "/sync/pull", **page),
            400: await caller.send("POST", "/sync/push", {}, **(page | token)),
            422: await caller.send("POST", "/auth/login", {}, **page),
        }
        for status, answer in answers.items():
            assert answer.status == status
            assert answer.headers["Access-Control-Allow-Origin"] == APP
            exposed = answer.headers["Access-Control-Expose-Headers"].split(",")
            assert sorted(exposed) == sorted(EXPOSED)
            assert "Access-Control-Allow-Credentials" not in answer.headers
            assert "Origin" in answer.headers["Vary"]


async def test_a_page_can_listen_to_the_stream(open_to: Config) -> None:
    async with calling(open_to) as caller:
        token = (await caller.sign_up()).json["access_token"]
        headers = {"Origin": APP, "Authorization": f"Bearer {token}"}
        url = f"{caller.base_url}/api/v1/sync/stream"
        async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as stream:
            assert stream.content_type == "text/event-stream"
            assert stream.headers["Access-Control-Allow-Origin"] == APP
            assert await stream.content.readline() == b"event: head\n"


async def test_another_page_gets_no_cors_headers(open_to: Config) -> None:
    async with calling(open_to) as caller:
        evil = {"Origin": "https://app.example.com.evil.example"}
        answer = await caller.send("GET", "/sync/config", **evil)
        assert cors_headers(answer) == {}
        assert "Origin" in answer.headers["Vary"]


async def test_operators_routes_are_for_no_page(open_to: Config) -> None:
    async with calling(open_to) as caller:
        answer = await caller.send("GET", "/../../health/live", **{"Origin": APP})
        assert answer.status == 200
        assert cors_headers(answer) == {}


async def test_a_star_opens_the_api_to_any_page_yet_never_with_credentials(config: Config) -> None:
    async with calling(config.changed(cors_origins=("*",))) as caller:
        answer = await preflight(caller, "/sync/push", "POST", "https://anyone.example")
        assert answer.status == 200
        answers = [answer, await caller.send("GET", "/sync/config", **{"Origin": APP})]
        for answer in answers:
            assert "Access-Control-Allow-Origin" in answer.headers
            assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["http://localhost:5173", "http://localhost", "http://127.0.0.1:8081"]
)
async def test_private_stores_allow_pages_of_this_machine(config: Config, origin: str) -> None:
    async with calling(allow_local_pages(config)) as caller:
        allowed = await preflight(caller, "/sync/push", "POST", origin, "Sentry-Trace")
        assert allowed.status == 200
        assert allowed.headers["Access-Control-Allow-Origin"] == origin
        answer = await caller.send("GET", "/sync/config", **{"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost.evil.example",
        "http://localhost:5173.evil.example",
        "https://localhost:5173",
        "http://127.0.0.2:5173",
        "http://localhost:",
        "null",
    ],
)
async def test_private_stores_allow_no_other_pages(config: Config, origin: str) -> None:
    async with calling(allow_local_pages(config)) as caller:
        answer = await preflight(caller, "/sync/push", "POST", origin)
        assert (answer.status, answer.json["code"]) == (403, "cors_refused")
        assert (
            cors_headers(await caller.send("GET", "/sync/config", {}, **{"Origin": origin})) == {}
        )


def test_configured_pages_replace_those_of_this_machine(open_to: Config) -> None:
    assert allow_local_pages(open_to).serving.cors_origins == (APP, OTHER)
