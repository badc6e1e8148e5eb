"""Download of an export: its pieces are read in one snapshot, then sent."""

import datetime
import tempfile
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from schema.ids import UserId
from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PULL_REQUESTS
from sync_server.store.postgres import POOL, Connection, transaction
from sync_server.web.file_response import SNAPSHOT, FileType, send_file, write_file
from sync_server.web.identity import user_of

Pieces = AsyncIterator[bytes]


async def send_export(
    request: web.Request, name: str, media: str, pieces: Callable[[Connection], Pieces]
) -> web.StreamResponse:
    """Send the pieces as a file, read in one snapshot."""
    user_id: UserId = user_of(request)
    await charge(request, Cost(PULL_REQUESTS, user_id))
    today = datetime.datetime.now(datetime.UTC).date()
    with tempfile.TemporaryFile() as file:
        pool, config = request.app[POOL], request.app[CONFIG]
        async with transaction(pool, config, user_id, SNAPSHOT) as connection:
            coding = await write_file(request, file, pieces(connection))
        return await send_file(request, file, coding, FileType(f"trackforge-{today}-{name}", media))
