"""The OpenAPI 3.1 document, built from the application's routes."""

import sys
from collections.abc import Iterable, Iterator
from inspect import cleandoc
from typing import Any

from aiohttp import web
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from sync_server import __version__
from sync_server.openapi.components import Components
from sync_server.openapi.operations import Route, build_operation
from sync_server.web.openapi import operation_doc

_ADDED_BY_AIOHTTP = ("HEAD", "OPTIONS", "*")
_DESCRIPTION = """
An offline-first sync server for fitness and nutrition apps: devices push what was done without a
network, and pull what they missed.

- Every error is a problem document (RFC 9457) whose `code` never changes its meaning. An unknown
  path gets `404 not_found`, a method that a path does not have `405 method_not_allowed`.
- Request bodies may be compressed (`Content-Encoding: gzip`, `deflate` or `zstd`). Responses of
  more than 1 KiB are compressed for clients that accept it.
- Times are RFC 3339 in UTC, days are `YYYY-MM-DD` in the user's own calendar, ids are UUIDs in
  lower case.
"""
_LAST = {
    "app": "The logbook in the browser, outside the versioned routes.",
    "documentation": "The description of the API, and the pages that show it.",
    "health": "For the operator's tools, outside the versioned routes.",
}
_HEADERS = {
    "X-Request-Id": "Id of the request, to quote to support",
    "Idempotent-Replay": "`true` for the stored response of an earlier request under the same key",
    "RateLimit-Policy": "Limits that the route is charged to, as `name;q=amount;w=seconds`",
    "RateLimit": "What is left of them, as `name;r=amount;t=seconds`, if the request was charged",
}


def routes_of(app: web.Application) -> Iterator[Route]:
    """Public and guarded routes whose handlers have OpenAPI metadata."""
    for route in app.router.routes():
        doc = operation_doc(route.handler)
        if route.method not in _ADDED_BY_AIOHTTP and route.resource and doc:
            yield Route(route.method.lower(), route.resource.canonical, route.handler, doc)


def document_of(routes: Iterable[Route]) -> dict[str, Any]:
    """The OpenAPI document of the routes, as JSON."""
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
        address = f"{route.method} {route.path}"
        if names.setdefault(route.name, address) != address:
            raise RuntimeError(f"{address} and {names[route.name]} are both named {route.name}.")
        if route.tag not in _LAST:
            tags.setdefault(route.tag, _tag_description(route))
        spec.path(route.path, operations={route.method: build_operation(route, components)})
    for tag, description in (tags | _LAST).items():
        spec.tag({"name": tag, "description": description})
    document: dict[str, Any] = spec.to_dict()
    return document


def _tag_description(route: Route) -> str:
    """Description of the route's tag: the given one, or the docstring of the handler's package."""
    package = sys.modules[".".join(route.handler.__module__.split(".")[:2])]
    return route.doc.tag_description if route.doc.tag else cleandoc(package.__doc__ or "")
