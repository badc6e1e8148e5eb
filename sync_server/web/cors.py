"""Cross-origin requests: the pages of other origins that may call the API. Off unless set."""

from collections.abc import Mapping
from typing import Any

import aiohttp_cors
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

from sync_server.config.settings import CONFIG
from sync_server.web.errors import CorsRejected
from sync_server.web.identity import public

MAX_AGE_S = 7200
ANY_PORT = ":*"
EXPOSED = (
    "ETag", "Idempotent-Replay", "Location", "RateLimit", "RateLimit-Policy", "Retry-After",
    "X-Request-Id",
)  # fmt: skip


class _OpenPreflights(ResourcesUrlDispatcherRouterAdapter):
    """Routes with public preflights, and origins of any port."""

    def add_preflight_handler(
        self, routing_entity: Any, handler: Handler, *_: Any, **__: Any
    ) -> None:
        """Add the preflight handler of a resource; called once for each."""

        @public
        async def preflight(request: web.Request) -> web.StreamResponse:
            """Answer a browser that a page of another origin may send a request."""
            try:
                return await handler(request)
            except web.HTTPForbidden as error:
                raise CorsRejected(error.text) from None

        super().add_preflight_handler(routing_entity, preflight)

    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> Mapping[str, Any]:
        """Options by origin for a preflight; raises KeyError for an unknown method."""
        config = await super().get_preflight_request_config(
            preflight_request, origin, requested_method
        )
        return _with_origin(config, origin)

    def get_non_preflight_request_config(self, request: web.Request) -> Mapping[str, Any]:
        """Options by origin for a request."""
        config = super().get_non_preflight_request_config(request)
        return _with_origin(config, request.headers.get(hdrs.ORIGIN, ""))


def _with_origin(config: Mapping[str, Any], origin: str) -> Mapping[str, Any]:
    """The options, with those of `http://localhost:*` also under `http://localhost:5173`."""
    scheme, _, authority = origin.partition("://")
    host, colon, port = authority.rpartition(":")
    if not (colon and port.isascii() and port.isdigit()):
        host = authority
    options = config.get(f"{scheme}://{host}{ANY_PORT}")
    return config if options is None else {**config, origin: options}


def allow_origins(app: web.Application, prefix: str) -> None:
    """Let the origins of the settings call the routes below `prefix`; call it after the last one.

    Tokens travel in a header of the page's own, so no credentials of the browser are ever allowed.
    For the same reason a page may send any header: none of them grants anything by itself.
    """
    origins = app[CONFIG].serving.cors_origins
    if not origins:
        return
    options = {
        "allow_credentials": False,
        "allow_headers": "*",
        "expose_headers": EXPOSED,
        "max_age": MAX_AGE_S,
    }
    cors = aiohttp_cors.CorsConfig(app, router_adapter=_OpenPreflights(app.router, {}))
    for route in list(app.router.routes()):
        if route.resource is not None and route.resource.canonical.startswith(prefix):
            cors.add(route, dict.fromkeys(origins, options))
    app.on_response_prepare.append(_vary_by_origin)


async def _vary_by_origin(_request: web.Request, response: web.StreamResponse) -> None:
    """A shared cache must not give one origin's answer to another."""
    varies = response.headers.get(hdrs.VARY)
    response.headers[hdrs.VARY] = f"{varies}, Origin" if varies else "Origin"
