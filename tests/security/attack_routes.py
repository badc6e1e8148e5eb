"""Routes with any id in their paths, as an attacker requests them."""

import re
from collections.abc import Iterator

from aiohttp import web

from sync_server.routes import API, ROUTES

# As aiohttp finds the variable parts of a path, with a pattern or without.
_VARIABLE = re.compile(r"\{(\w+)[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


def routes(*methods: str) -> Iterator[web.RouteDef]:
    """Routes of these methods, or all routes."""
    for route in ROUTES:
        if isinstance(route, web.RouteDef) and (not methods or route.method in methods):
            yield route


def filled(route: web.RouteDef, **values: str) -> str:
    """The path below `/api/v1`; variable parts without a value stay as `{name}`."""
    path = route.path.removeprefix(API)
    return _VARIABLE.sub(lambda found: values.get(found[1], f"{{{found[1]}}}"), path)


def name(route: web.RouteDef) -> str:
    """Test id of the route."""
    return f"{route.method} {filled(route)}"
