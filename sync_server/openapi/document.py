"""The OpenAPI 3.1 document, drawn from the routes that the application has."""

import sys
from collections.abc import Iterable, Iterator
from inspect import cleandoc
from typing import Any

from aiohttp import web
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from sync_server import __version__
from sync_server.openapi.components import Components
from sync_server.openapi.operations import Route, operation
from sync_server.web.openapi import documentation_of

_MADE_BY_AIOHTTP = ("HEAD", "OPTIONS", "*")
_DESCRIPTION = """
An offline-first sync server for fitness and nutrition apps: devices push what was done without a
network, and pull what they missed.

- Every failure is a problem document (RFC 9457) whose `code` never changes its meaning. An unknown
  path answers `404 not_found`, any path `405 method_not_allowed` to a method that it does not take.
- Bodies may be compressed (`Content-Encoding: gzip`, `deflate` or `zstd`), and so are answers of
  more than 1 KiB for clients that accept it.
- Times are RFC 3339 in UTC, days are `YYYY-MM-DD` in the user's own calendar, ids are UUIDs in
  lower case.
"""
_LAST = {
    "documentation": "The description of the API, and the pages that show it.",
    "health": "For the operator's tools, outside the versioned routes.",
}
_HEADERS = {
    "X-Request-Id": "Names the request, to quote to support",
    "Idempotent-Replay": "`true` when the answer was made earlier, under the same key",
    "RateLimit-Policy": "The limits that the route spends from, as `name;q=amount;w=seconds`",
    "RateLimit": "What is left, as `name;r=amount;t=seconds`, once something was spent",
}


def routes_of(app: web.Application) -> Iterator[Route]:
    """Every route that a client may call, as far as its handler says something of itself."""
    for route in app.router.routes():
        said = documentation_of(route.handler)
        if route.method not in _MADE_BY_AIOHTTP and route.resource and said:
            yield Route(route.method.lower(), route.resource.canonical, route.handler, said)


def document_of(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document, as JSON."""
    spec = APISpec(
        "TrackForge Sync",
        __version__,
        "3.1.0",
        plugins=[MarshmallowPlugin()],
        info={"description": _DESCRIPTION.strip()},
        servers=[{"url": "/"}],
    )
    spec.components.security_scheme(
        "bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    )
    for name, description in _HEADERS.items():
        spec.components.header(name, {"description": description, "schema": {"type": "string"}})
    components = Components(spec)
    names: dict[str, str] = {}
    tags: dict[str, str] = {}
    for route in routes:
        place = f"{route.method} {route.path}"
        if names.setdefault(route.name, place) != place:
            raise RuntimeError(f"{place} and {names[route.name]} are both called {route.name}.")
        if route.tag not in _LAST:
            tags.setdefault(route.tag, _words(route))
        spec.path(route.path, operations={route.method: operation(route, components)})
    for tag, description in (tags | _LAST).items():
        spec.tag({"name": tag, "description": description})
    document: dict[str, Any] = spec.to_dict()
    return document


def _words(route: Route) -> str:
    """What the tag is about: by default the sentence that the handler's package begins with."""
    package = sys.modules[".".join(route.handler.__module__.split(".")[:2])]
    return route.said.tag_words if route.said.tag else cleandoc(package.__doc__ or "")
