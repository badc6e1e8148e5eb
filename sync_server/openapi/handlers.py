"""OpenAPI document and its two pages, Swagger UI and ReDoc, without requests to other hosts."""

import asyncio
import gzip
import hashlib
import mimetypes
import threading
from dataclasses import dataclass
from functools import cache
from importlib import resources

import orjson
from aiohttp import web

from sync_server.openapi.document import document_of, routes_of
from sync_server.openapi.operations import Route
from sync_server.web.errors import NotFound
from sync_server.web.identity import public
from sync_server.web.openapi import ETAG, IF_NONE_MATCH, NOT_MODIFIED, Response, operation
from sync_server.web.respond import json_response

ASSETS = ("swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js",
          "docs.js", "redoc.js", "pages.css")  # fmt: skip
CACHED = {"Cache-Control": "public, max-age=3600"}
# ReDoc writes its styles into the page, and searches in a worker made from its own text.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self' data:; worker-src blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
# ReDoc's footer would load its logo from another host.
REDOC_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
HTML = Response({"type": "string"}, media="text/html")


@dataclass(frozen=True, slots=True)
class Document:
    """OpenAPI document as JSON text, with its ETag."""

    text: bytes
    etag: str


DESCRIBED: web.AppKey[tuple[Route, ...]] = web.AppKey("described", tuple)
_building = threading.Lock()


def describe_api(app: web.Application) -> None:
    """Note the routes of the document; call it after the last route has been added.

    The document is made for the first request: it takes a third of a second of processor time,
    which no start needs to wait for.
    """
    app[DESCRIBED] = tuple(routes_of(app))


@operation(
    responses={
        200: Response({"type": "object"}, headers=ETAG),
        304: NOT_MODIFIED,
    },
    headers=IF_NONE_MATCH,
    tag="documentation",
)
@public
async def get_openapi(request: web.Request) -> web.StreamResponse:
    """OpenAPI document of the API."""
    document = await asyncio.to_thread(document_for, request.app[DESCRIBED])
    headers = CACHED | {"ETag": document.etag}
    if document.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return json_response(request, document.text, headers=headers)


@operation(responses={200: HTML}, tag="documentation")
@public
async def get_docs(_request: web.Request) -> web.StreamResponse:
    """Swagger UI: try the API."""
    return _page("docs.html")


@operation(responses={200: HTML}, tag="documentation")
@public
async def get_redoc(_request: web.Request) -> web.StreamResponse:
    """ReDoc: read about the API."""
    return _page("redoc.html")


@operation(
    responses={
        200: Response({"type": "string"}, headers=ETAG, media="*/*"),
        304: NOT_MODIFIED,
    },
    errors=(NotFound,),
    headers=IF_NONE_MATCH,
    path={"name": {"type": "string", "enum": list(ASSETS)}},
    tag="documentation",
)
@public
async def get_asset(request: web.Request) -> web.StreamResponse:
    """Script or style sheet of the documentation pages."""
    name = request.match_info["name"]
    if name not in ASSETS:
        raise NotFound
    packed = _compressed(name)
    headers = CACHED | {"ETag": _etag(packed), "Vary": "Accept-Encoding"}
    if headers["ETag"] in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        packed = gzip.decompress(packed)
    else:
        headers["Content-Encoding"] = "gzip"
    kind = mimetypes.guess_type(name)[0]
    return web.Response(body=packed, headers=headers, content_type=kind, charset="utf-8")


def document_for(routes: tuple[Route, ...]) -> Document:
    """Document of the routes, shared by all applications of a process and made once."""
    with _building:
        return _built(routes)


@cache
def _built(routes: tuple[Route, ...]) -> Document:
    text = orjson.dumps(document_of(routes))
    return Document(text, _etag(text))


def _page(name: str) -> web.Response:
    return web.Response(
        text=_file(name).decode(),
        content_type="text/html",
        headers=CACHED | {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"},
    )


def _etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


@cache
def _compressed(name: str) -> bytes:
    """The asset in gzip, as vendored packages are stored; without links to other hosts."""
    vendored = resources.files("sync_server.openapi") / "pages" / f"{name}.gz"
    content = gzip.decompress(vendored.read_bytes()) if vendored.is_file() else _file(name)
    return gzip.compress(content.replace(REDOC_LOGO, b"data:,"), mtime=0)


@cache
def _file(name: str) -> bytes:
    return (resources.files("sync_server.openapi") / "pages" / name).read_bytes()
