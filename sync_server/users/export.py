"""Everything that is kept of a user, as one file: a JSON object a line."""

import datetime
import tempfile
import zlib
from collections.abc import AsyncIterator, Callable
from typing import BinaryIO, Protocol

import orjson
from aiohttp import web
from backports import zstd

from schema import SCHEMA_VERSION
from schema.ids import UserId
from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import EXPORT, limited
from sync_server.store.postgres import POOL, Connection, transaction
from sync_server.users import queries
from sync_server.users.responses import DISPOSITION, EXPORT_LINE
from sync_server.web.audit import audit
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import AccountDeleted
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import Response, operation
from sync_server.web.respond import NO_STORE, preferred_coding

FORMAT_VERSION = 1
MEDIA = "application/x-ndjson"
PIECE = 64 * 1024
ACCOUNT = ("id", "email", "email_verified_at", "role", "created_at")
# One snapshot for all the statements, so that the file is the account at one moment.
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;"


@operation(
    responses={200: Response(EXPORT_LINE, "The file", media=MEDIA, headers=DISPOSITION)},
)
@limited(EXPORT)
@needs(SYNC)
async def get_export(request: web.Request) -> web.StreamResponse:
    """All of the user's data as a file: records, deleted ones still kept, sessions, the trail."""
    user_id, now = user_of(request), datetime.datetime.now(datetime.UTC)
    await charge(request, Cost(EXPORT, user_id))
    coding = preferred_coding(request.headers.get("Accept-Encoding", ""))
    with tempfile.TemporaryFile() as file:
        # Written first, sent then: a phone that reads slowly holds no connection of the database.
        pool, config = request.app[POOL], request.app[CONFIG]
        async with transaction(pool, config, user_id, _SNAPSHOT) as connection:
            await _write(file, coding, lines(connection, user_id, now))
            await audit(connection, user_id, user_id, "exported", request[REQUEST_ID], now)
        return await _send(request, file, coding, now)


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
    for kind, statement in queries.EXPORTED.items():
        for row in await connection.fetch(statement, user_id):
            yield _line({"kind": kind} | {name: _plain(value) for name, value in row.items()})


def _plain(value: object) -> object:
    """A rejected change is kept as it came, perhaps no proper JSON; details and errors are."""
    if not isinstance(value, bytes):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value.decode(errors="replace")


def _line(document: object) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


_COMPRESSORS: dict[str, Callable[[], _Compressor]] = {
    "zstd": lambda: zstd.ZstdCompressor(1),
    "gzip": lambda: zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16),
}


async def _write(file: BinaryIO, coding: str | None, pieces: AsyncIterator[bytes]) -> None:
    compressor = _COMPRESSORS[coding]() if coding else None
    async for piece in pieces:
        file.write(compressor.compress(piece) if compressor else piece)
    if compressor:
        file.write(compressor.flush())


async def _send(
    request: web.Request, file: BinaryIO, coding: str | None, now: datetime.datetime
) -> web.StreamResponse:
    name = f"trackforge-export-{now:%Y-%m-%d}.ndjson"
    headers = {
        **NO_STORE,
        "Content-Type": MEDIA,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Vary": "Accept-Encoding",
    }
    if coding:
        headers["Content-Encoding"] = coding
    response = web.StreamResponse(headers=headers)
    response.content_length = file.tell()
    file.seek(0)
    await response.prepare(request)
    while piece := file.read(PIECE):
        await response.write(piece)
    await response.write_eof()
    return response
