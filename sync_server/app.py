"""Application factory. The order of its lists is the order of execution."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from sync_server.auth.oidc_keys import oidc_context
from sync_server.catalogue.downloads import DOWNLOADS, Downloads
from sync_server.config.settings import CONFIG, Config
from sync_server.days.queries import read_day_views
from sync_server.imports.slots import import_slots_context
from sync_server.mail.mailer import mail_context
from sync_server.maintenance.process_metrics import process_metrics_context
from sync_server.maintenance.retention import periodic_cleanup
from sync_server.ocr.context import ocr_context
from sync_server.openapi.handlers import describe_api
from sync_server.rate_limit.charge import add_limit_headers, rate_limit_context
from sync_server.routes import API, ROUTES
from sync_server.store.breaker import BREAKER, Breaker
from sync_server.store.commands import COMMANDS, create_commands
from sync_server.store.postgres import POOL, create_pool
from sync_server.store.redis import REDIS, create_redis
from sync_server.store.replica import replica_context
from sync_server.store.write_probe import WRITES, WriteProbe
from sync_server.sync.devices.sightings import sightings_context
from sync_server.sync.notify.keepalive import keepalive_context
from sync_server.sync.notify.open_streams import STREAMS, Streams, end_streams
from sync_server.sync.notify.publisher import publisher_context
from sync_server.sync.notify.session_checks import session_checks_context
from sync_server.sync.notify.stream_openings import STREAM_OPENINGS, StreamOpenings
from sync_server.sync.notify.subscriptions import subscriptions_context
from sync_server.sync.pull.page_days import VIEW_DAYS
from sync_server.sync.wakes.waker import waker_context
from sync_server.web.access_tokens import TOKENS
from sync_server.web.admission import ADMISSION, RequestAdmission
from sync_server.web.cors import allow_origins
from sync_server.web.error_middleware import render_errors
from sync_server.web.fair_share import FAIR_SHARES, FairShares
from sync_server.web.health import DRAINING, STARTING
from sync_server.web.identity import authenticate, check_routes
from sync_server.web.observability import add_headers, observe
from sync_server.web.passwords import password_executor
from sync_server.web.rejected_bodies import REJECTED_BODIES, RejectedBodies
from sync_server.web.revocation import revocation_context
from sync_server.web.traces import add_tracing
from sync_server.web.trouble import TROUBLE, Trouble
from sync_server.web.uploads import file_store_context


def create_app(config: Config) -> web.Application:
    """Application that is not started yet. `config` names a migrated database and a Valkey."""
    app = web.Application(
        middlewares=[observe, render_errors, authenticate],
        client_max_size=config.sync.push_max_bytes,
    )
    app[CONFIG] = config
    app[STARTING] = asyncio.Event()
    app[DRAINING] = asyncio.Event()
    app[WRITES] = WriteProbe()
    app[TROUBLE] = Trouble()
    app[FAIR_SHARES] = FairShares()
    app[REJECTED_BODIES] = RejectedBodies()
    app[ADMISSION] = RequestAdmission(config)
    app[STREAMS] = Streams()
    app[STREAM_OPENINGS] = StreamOpenings(config.serving.user_queue_timeout_s)
    app[TOKENS] = OrderedDict()
    app[VIEW_DAYS] = read_day_views
    app[DOWNLOADS] = Downloads()
    app.add_routes(ROUTES)
    allow_origins(app, API)
    check_routes(app)
    describe_api(app)
    app.on_response_prepare.extend([add_headers, add_limit_headers])
    app.cleanup_ctx.extend(contexts())
    app.on_shutdown.append(end_streams)
    add_tracing(app, config)
    return app


def contexts() -> list[Callable[[web.Application], AsyncIterator[None]]]:
    """Parts that live as long as the application; each may use those before it."""
    return [
        database,
        replica_context,
        cache,
        mail_context,
        revocation_context,
        rate_limit_context,
        password_executor,
        oidc_context,
        import_slots_context,
        file_store_context,
        ocr_context,
        subscriptions_context,
        session_checks_context,
        keepalive_context,
        publisher_context,
        sightings_context,
        waker_context,
        periodic_cleanup,
        process_metrics_context,
    ]


async def database(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context of the PostgreSQL pool."""
    async with await create_pool(app[CONFIG]) as pool:
        app[POOL] = pool
        yield


async def cache(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context of the Valkey client, and of the pipeline for what every request asks."""
    app[REDIS] = redis = create_redis(app[CONFIG].stores.redis_url)
    app[COMMANDS] = commands = create_commands(app[CONFIG].stores.redis_url)
    app[BREAKER] = Breaker()
    yield
    await commands.close()
    await redis.aclose()
