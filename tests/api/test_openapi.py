"""OpenAPI document: it describes the routes, and its pages load nothing from other hosts."""

import gzip
import hashlib
import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from openapi_spec_validator import validate

from schema import COLLECTIONS
from sync_server.app import create_app
from sync_server.config.settings import Config
from sync_server.openapi.handlers import ASSETS, REDOC_LOGO
from sync_server.web import errors
from tests.infrastructure.server import Server
from tests.support.documented import openapi_document, schema_validator

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "sync_server/openapi/pages"
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def app(config: Config) -> web.Application:
    return create_app(config)


@pytest.fixture
async def http(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.base_url, auto_decompress=False) as session:
        yield session


@pytest.fixture
def document() -> Any:
    # A copy: the validator of documents writes to what it reads.
    return orjson.loads(orjson.dumps(openapi_document()))


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def routes(app: web.Application) -> set[str]:
    return {
        f"{route.method} {route.resource.canonical}"
        for route in app.router.routes()
        if route.method not in ("HEAD", "OPTIONS", "*") and route.resource
    }


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    # The validator takes 5 ms for a schema, and most are equal: those of problems and parameters.
    met: set[bytes] = set()
    _leave_one_of_each_schema(document["paths"], met)
    assert len(met) > 100
    validate(document)


def _leave_one_of_each_schema(node: Any, met: set[bytes]) -> None:
    """Empty the schemas below the node that are in `met`, to which the others are added."""
    if isinstance(node, list):
        for item in node:
            _leave_one_of_each_schema(item, met)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name == "schema":
                text = orjson.dumps(value)
                node[name] = {} if text in met else value
                met.add(text)
            else:
                _leave_one_of_each_schema(value, met)


def test_every_route_is_in_the_document(app: web.Application, document: dict[str, Any]) -> None:
    assert set(operations(document)) == routes(app)


def test_every_route_is_in_the_protocol(app: web.Application) -> None:
    text = (ROOT / "docs/protocol.md").read_text()
    missing = {
        route
        for route in routes(app)
        if not re.search(_mention(route.partition(" ")[2].removeprefix("/api/v1")), text)
    }
    assert missing == set()


def _mention(path: str) -> str:
    """The path as words may have it, with any names for its parameters."""
    return re.sub(r"\\{\w+\\}", r"\\{\\w+\\}", re.escape(path)) + r"(?![\w/-])"


def test_every_error_is_documented_by_some_operation(document: dict[str, Any]) -> None:
    documented = {
        code
        for operation in operations(document).values()
        for response in operation["responses"].values()
        for media, content in response.get("content", {}).items()
        if media == "application/problem+json"
        for code in content["schema"]["properties"]["code"]["enum"]
    }
    known = {
        error.code
        for error in vars(errors).values()
        if isinstance(error, type) and hasattr(error, "code")
    }
    # Of paths and methods that are no operations, and of preflights.
    assert known - documented == {"method_not_allowed", "cors_refused"}


def test_every_operation_has_words_and_a_name_of_its_own(document: dict[str, Any]) -> None:
    found = operations(document).values()
    assert all(operation["summary"] for operation in found)
    assert len({operation["operationId"] for operation in found}) == len(found)
    assert all(tag["description"] for tag in document["tags"])


def test_every_json_body_has_an_example_that_its_schema_takes(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        media = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if media:
            assert "example" in media, name
            schema_validator(media["schema"]).validate(media["example"])


async def test_the_example_of_a_push_is_applied(
    http: aiohttp.ClientSession, document: dict[str, Any]
) -> None:
    body = operations(document)["POST /api/v1/sync/push"]["requestBody"]
    tokens = await http.post(
        "/api/v1/auth/register",
        json={"email": f"{uuid.uuid4()}@example.com", "password": "correct horse"},
    )
    answer = await http.post(
        "/api/v1/sync/push",
        json=body["content"]["application/json"]["example"],
        headers={
            "Authorization": f"Bearer {(await tokens.json())['access_token']}",
            "Idempotency-Key": "example",
        },
    )
    results = (await answer.json())["results"]
    assert [result["status"] for result in results] == ["applied"] * len(results)


async def test_the_example_of_a_sync_is_the_servers_own_response(
    http: aiohttp.ClientSession, document: dict[str, Any]
) -> None:
    operation = operations(document)["POST /api/v1/sync"]
    email = f"{uuid.uuid4()}@example.com"
    account = {"email": email, "password": "correct horse"}
    tokens = await (await http.post("/api/v1/auth/register", json=account)).json()
    response = await http.post(
        "/api/v1/sync",
        json=operation["requestBody"]["content"]["application/json"]["example"],
        headers={
            "Authorization": f"Bearer {tokens['access_token']}",
            "Idempotency-Key": "example",
            "Accept-Encoding": "identity",
        },
    )
    answered = await response.json()
    shown = operation["responses"]["200"]["content"]["application/json"]["example"]
    for part, name in (("push", "server_clock"), ("pull", "server_clock"), ("pull", "cursor")):
        assert type(answered[part].pop(name)) is type(shown[part].pop(name))
    assert answered == shown


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_collection_has_a_schema_for_each_way_it_travels(
    document: dict[str, Any], name: str
) -> None:
    schema = type(COLLECTIONS[name].schema).__name__
    schemas = document["components"]["schemas"]
    for component in (schema, f"{schema}Fields", f"Stored{schema}", f"{schema}Record"):
        assert component in schemas
    assert schemas[schema]["additionalProperties"] is False


async def test_the_document_is_cached_by_its_etag(http: aiohttp.ClientSession) -> None:
    first = await http.get("/api/v1/openapi.json", headers={"Accept-Encoding": "identity"})
    assert first.content_type == "application/json"
    assert orjson.loads(await first.read()) == openapi_document()
    known = {"If-None-Match": first.headers["ETag"]}
    assert (await http.get("/api/v1/openapi.json", headers=known)).status == 304


@pytest.mark.parametrize("page", ["docs", "redoc"])
async def test_a_page_loads_only_what_the_server_has(
    http: aiohttp.ClientSession, page: str
) -> None:
    answer = await http.get(f"/api/v1/{page}")
    assert answer.content_type == "text/html"
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', await answer.text())
    names = [name.removeprefix("docs/") for name in loaded if not name.startswith("data:")]
    assert names
    assert set(names) <= set(ASSETS)


@pytest.mark.parametrize("name", ASSETS)
@pytest.mark.parametrize("coding", ["gzip", "identity"])
async def test_an_asset_is_served_and_cached(
    http: aiohttp.ClientSession, name: str, coding: str
) -> None:
    wanted = {"Accept-Encoding": coding}
    answer = await http.get(f"/api/v1/docs/{name}", headers=wanted)
    body = await answer.read()
    plain = gzip.decompress(body) if coding == "gzip" else body
    file = PAGES / name
    packed = PAGES / f"{name}.gz"
    published = file.read_bytes() if file.exists() else gzip.decompress(packed.read_bytes())
    assert plain == published.replace(REDOC_LOGO, b"data:,")
    assert REDOC_LOGO not in plain
    known = wanted | {"If-None-Match": answer.headers["ETag"]}
    assert (await http.get(f"/api/v1/docs/{name}", headers=known)).status == 304


async def test_no_other_file_is_an_asset(http: aiohttp.ClientSession) -> None:
    for name in ("docs.html", "..%2Fhandlers.py", "vendored.json"):
        assert (await http.get(f"/api/v1/docs/{name}")).status == 404


def test_what_is_vendored_is_what_was_published() -> None:
    vendored = orjson.loads((PAGES / "vendored.json").read_bytes())
    own = {"docs.html", "docs.js", "redoc.html", "redoc.js", "pages.css", "vendored.json"}
    assert {path.name for path in PAGES.iterdir()} == set(vendored) | own
    for name, origin in vendored.items():
        content = (PAGES / name).read_bytes()
        content = gzip.decompress(content) if name.endswith(".gz") else content
        assert hashlib.sha256(content).hexdigest() == origin["sha256"], name


def test_every_error_has_an_example_of_its_own_code(document: dict[str, Any]) -> None:
    shown = document["components"]["examples"]
    problem = schema_validator({"$ref": "#/components/schemas/Problem"})
    for code, example in shown.items():
        problem.validate(example["value"])
        assert example["value"]["code"] == code
    for name, operation in operations(document).items():
        for status, response in operation["responses"].items():
            media = response.get("content", {}).get("application/problem+json")
            if media:
                codes = media["schema"]["properties"]["code"]["enum"]
                assert list(media["examples"]) == codes, (name, status)
                assert {shown[it]["value"]["status"] for it in codes} == {int(status)}


def test_responses_and_idempotency_keys_have_examples(document: dict[str, Any]) -> None:
    named = operations(document)
    login = named["POST /api/v1/auth/login"]["responses"]["200"]["content"]["application/json"]
    assert {"access_token", "expires_in"} <= set(login["example"])
    for name, operation in named.items():
        for status, response in operation["responses"].items():
            media = response.get("content", {}).get("application/json", {})
            assert not media or "example" in media, (name, status)
            if media:
                schema_validator(media["schema"]).validate(media["example"])
        for parameter in operation["parameters"]:
            if parameter["name"] == "Idempotency-Key":
                assert parameter["example"]
