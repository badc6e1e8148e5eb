"""Export of all that is stored of a user: one file, a JSON object a line."""

import datetime
import tempfile
from collections.abc import AsyncIterator

import asyncpg
import orjson
from aiohttp import web

from schema import SCHEMA_VERSION
from schema.ids import UserId
from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import EXPORT, PASSWORD_ACCOUNT, limited
from sync_server.store.postgres import POOL, Connection, transaction
from sync_server.users import queries
from sync_server.users.reauthenticate import reauthenticate
from sync_server.users.schemas import EXPORT_LINE, Reauthentication
from sync_server.web.audit import audit
from sync_server.web.body import read_fields
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import (
    AccountDeleted,
    InvalidCredentials,
    Overloaded,
    RecentLoginRequired,
)
from sync_server.web.file_response import (
    DISPOSITION,
    SNAPSHOT,
    FileType,
    send_file,
    write_file,
)
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import Response, operation
from sync_server.web.recent_login import require_recent_login

FORMAT_VERSION = 1
MEDIA = "application/x-ndjson"
ACCOUNT = ("id", "email", "email_verified_at", "role", "created_at")


FILE = Response(EXPORT_LINE, "The file", media=MEDIA, headers=DISPOSITION)


@operation(responses={200: FILE}, errors=(RecentLoginRequired,))
@limited(EXPORT)
@needs(SYNC)
async def get_export(request: web.Request) -> web.StreamResponse:
    """All of the user's data as a file: records, tombstones, sessions, the audit trail.

    Needs a session that began within 15 minutes; with the password, POST does without.
    """
    await require_recent_login(request)
    return await _export(request)


@operation(
    responses={200: FILE},
    errors=(InvalidCredentials, Overloaded),
    body=Reauthentication,
    example={"password": "correct horse battery staple"},
)
@limited(EXPORT, PASSWORD_ACCOUNT)
@needs(SYNC)
async def post_export(request: web.Request) -> web.StreamResponse:
    """All of the user's data as a file, as GET, with the password."""
    await reauthenticate(request, (await read_fields(request, Reauthentication()))["password"])
    return await _export(request)


async def _export(request: web.Request) -> web.StreamResponse:
    user_id, now = user_of(request), datetime.datetime.now(datetime.UTC)
    await charge(request, Cost(EXPORT, user_id))
    with tempfile.TemporaryFile() as file:
        pool, config = request.app[POOL], request.app[CONFIG]
        async with transaction(pool, config, user_id, SNAPSHOT) as connection:
            coding = await write_file(request, file, lines(connection, user_id, now))
            await audit(connection, user_id, user_id, "exported", request[REQUEST_ID], now)
        type = FileType(f"trackforge-export-{now:%Y-%m-%d}.ndjson", MEDIA)
        return await send_file(request, file, coding, type)


async def lines(
    connection: Connection, user_id: UserId, now: datetime.datetime
) -> AsyncIterator[bytes]:
    """The lines of the file, some at a time; raises AccountDeleted."""
    account = await queries.read_user(connection, user_id)
    if account is None:
        raise AccountDeleted
    yield _line(
        {
            "kind": "header",
            "format": "trackforge-export",
            "format_version": FORMAT_VERSION,
            "schema_version": SCHEMA_VERSION,
            "exported_at": now,
            "account": {name: account[name] for name in ACCOUNT},
            "records": await queries.count_records(connection, user_id),
        }
    )
    async for rows in queries.read_records(connection, user_id):
        # The stored text passes through.
        yield "".join(
            [
                f'{{"kind":"record","collection":"{collection}","id":"{id}","version":{version},'
                f'"clock":{clock},"device_id":"{device_id}",'
                f'"deleted":{"true" if deleted else "false"},"data":{data}}}\n'
                for collection, id, version, clock, device_id, deleted, data in rows
            ]
        ).encode()
    async for row in queries.read_history(connection, user_id):
        yield _row("history", row)
    for kind, statement in queries.EXPORTED.items():
        for row in await connection.fetch(statement, user_id):
            yield _row(kind, row)


def _row(kind: str, row: asyncpg.Record) -> bytes:
    return _line({"kind": kind} | {name: _plain(value) for name, value in row.items()})


def _plain(value: object) -> object:
    """A rejected change is stored as it was sent, which may be no JSON; details and errors are."""
    if not isinstance(value, bytes):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value.decode(errors="replace")


def _line(document: object) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
