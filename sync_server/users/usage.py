"""The route of an account's usage."""

from datetime import UTC, datetime

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import POOL
from sync_server.sync.usage import USAGE, read_usage
from sync_server.web.errors import AccountDeleted
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.respond import json_response


@operation(responses={200: USAGE})
@needs(SYNC)
async def get_usage(request: web.Request) -> web.StreamResponse:
    """Stored amounts of the account and its quotas.

    A write beyond the quotas of records and bytes is a 413, and an image beyond that of images. Of
    the others the oldest are deleted.
    """
    config, user_id = request.app[CONFIG], user_of(request)
    async with read_rows(request.app[POOL], config, user_id) as connection:
        usage = await read_usage(connection, config, user_id, datetime.now(UTC))
    if usage is None:
        raise AccountDeleted
    return json_response(request, usage)
