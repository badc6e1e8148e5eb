"""Cross-origin requests: which pages of other origins may call the API. Off unless set."""

from typing import Any

import aiohttp_cors
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

from sync_server.config.settings import CONFIG
from sync_server.web.errors import CorsRejected
from sync_server.web.identity import public

MAX_AGE_S = 7200
ALLOWED = (
    "Authorization", "Content-Type", "Content-Encoding", "Idempotency-Key", "If-Match",
    "If-None-Match", "Prefer",
)  # fmt: skip
EXPOSED = (
    "ETag", "Idempotent-Replay", "Location", "RateLimit", "RateLimit-Policy", "Retry-After",
    "X-Request-Id",
)  # fmt: skip


class _OpenPreflights(ResourcesUrlDispatcherRouterAdapter):
    """Marks the library's preflight handler as open to anyone, and tells its refusals our way."""

    def add_preflight_handler(
        self, routing_entity: Any, handler: Handler, *_: Any, **__: Any
    ) -> None:
        """Called once a resource."""

        @public
        async def preflight(request: web.Request) -> web.StreamResponse:
            """Tell a browser what a page of another origin may ask here."""
            try:
                return await handler(request)
            except web.HTTPForbidden as error:
                raise CorsRejected(error.text) from None

        super().add_preflight_handler(routing_entity, preflight)


def allow_origins(app: web.Application, prefix: str) -> None:
    """Let the origins of the settings call the routes below `prefix`; call it after the last one.

    Tokens travel in a header of the page's own, so no credentials of the browser are ever allowed.
    """
    origins = app[CONFIG].cors_origins
    if not origins:
        return
    options = {
        "allow_credentials": False,
        "allow_headers": ALLOWED,
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
