"""Routes of the fleet: devices of all users by version, those that stopped, rejections."""

import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog
from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.store.postgres import POOL, Connection, bypass_row_level_security
from sync_server.support import fleet_queries
from sync_server.support.access import note
from sync_server.support.schemas import FLEET, FLEET_REJECTIONS, STOPPED_DEVICES
from sync_server.sync.devices.document import json_of, moment_of
from sync_server.sync.devices.fleet import count_fleet
from sync_server.web.clock import utc_now
from sync_server.web.error_middleware import DATABASE_FAILURES
from sync_server.web.errors import SecondFactorNotProven
from sync_server.web.identity import SUPPORT, needs, user_of
from sync_server.web.openapi import Parameter, operation
from sync_server.web.query import read_integer, read_parameters
from sync_server.web.respond import json_response

DEFAULT_DAYS, MAX_DAYS = 30, 90
MAX_AGE = datetime.timedelta(minutes=10)
PAGES = 5
"""Pages of devices that a request counts; a larger fleet is counted by the clean-up only."""
DAYS = {
    "days": Parameter(
        {"type": "integer", "minimum": 1, "maximum": MAX_DAYS, "default": DEFAULT_DAYS},
        "Number of days up to today",
    )
}
ERRORS = (SecondFactorNotProven,)
log = structlog.get_logger(__name__)


@operation(responses={200: FLEET}, errors=ERRORS, query=DAYS)
@needs(SUPPORT)
async def get_fleet(request: web.Request) -> web.StreamResponse:
    """Devices of all users by version of the app, now and by day; no contents."""
    since = _since(request)
    await _count(request)
    async with _looking(request) as connection:
        rows = await fleet_queries.read_versions(connection)
        days = await fleet_queries.read_days(connection, since)
    versions = [dict(row) for row in rows]
    counted_at = [version.pop("counted_at") for version in versions]
    document = {
        "counted_at": counted_at[0] if counted_at else None,
        "versions": versions,
        "days": [dict(day) for day in days],
    }
    return json_response(request, document)


@operation(responses={200: STOPPED_DEVICES}, errors=ERRORS)
@needs(SUPPORT)
async def get_stopped_devices(request: web.Request) -> web.StreamResponse:
    """Devices without a request for a week: at most 200, those with unsent changes first."""
    read_parameters(request.query.items(), ())
    await _count(request)
    async with _looking(request) as connection:
        rows = await fleet_queries.read_stopped(connection, utc_now())
    return json_response(request, {"devices": [_stopped(row) for row in rows]})


@operation(responses={200: FLEET_REJECTIONS}, errors=ERRORS, query=DAYS)
@needs(SUPPORT)
async def get_fleet_rejections(request: web.Request) -> web.StreamResponse:
    """Rejected changes and requests by code, version of the app and day; the 100 most frequent."""
    since = _since(request)
    async with _looking(request) as connection:
        rows = await fleet_queries.read_rejections(connection, since)
    items = [dict(row) | {"days": json_of(row["days"])} for row in rows]
    return json_response(request, {"items": items})


def _since(request: web.Request) -> datetime.date:
    given = read_parameters(request.query.items(), tuple(DAYS))
    days = read_integer("days", given.get("days", str(DEFAULT_DAYS)), 1, MAX_DAYS)
    return utc_now().date() - datetime.timedelta(days=days)


async def _count(request: web.Request) -> None:
    """Count a small fleet again, so that a new server shows it before its first clean-up."""
    try:
        await count_fleet(request.app[POOL], request.app[CONFIG], utc_now(), MAX_AGE, PAGES)
    except (asyncpg.QueryCanceledError, *DATABASE_FAILURES) as error:
        log.info("the fleet was not counted", reason=repr(error))


@asynccontextmanager
async def _looking(request: web.Request) -> AsyncIterator[Connection]:
    """A connection that sees all users; the access is on the account of who asks."""
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        yield connection
        await note(connection, request, user_of(request), "support_read_fleet")


def _stopped(row: asyncpg.Record) -> dict[str, object]:
    report, failure = json_of(row["report"]) or {}, json_of(row["failure"]) or {}
    return {
        "user_id": row["user_id"],
        "device_id": row["device_id"],
        "seen_at": row["seen_at"],
        "app_version": report.get("app_version"),
        "schema_version": report.get("schema_version"),
        "waiting": report.get("waiting"),
        "oldest_waiting_at": moment_of(report.get("oldest_at")),
        "last_error": report.get("last_error"),
        "last_failure": failure.get("code"),
    }
