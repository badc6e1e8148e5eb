"""File store of the application, and deletion of files whose rows were deleted."""

import asyncio
from collections.abc import AsyncIterator

import structlog
from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.store.files.interface import FileStore, FileStoreUnavailable
from sync_server.store.files.registry import open_file_store
from sync_server.store.files.sweep import sweep
from sync_server.store.postgres import POOL
from sync_server.web.error_middleware import DATABASE_FAILURES

DELETE_TIMEOUT_S = 5.0
"""Maximum time that a delete request waits for the file store."""

FILE_STORE: web.AppKey[FileStore] = web.AppKey("files", FileStore)
log = structlog.get_logger(__name__)


async def file_store_context(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context of the file store."""
    async with open_file_store(app[CONFIG]) as files:
        app[FILE_STORE] = files
        yield


async def delete_pending_files(app: web.Application) -> None:
    """Delete the files of deleted rows; the periodic cleanup retries failures."""
    try:
        async with asyncio.timeout(DELETE_TIMEOUT_S):
            await sweep(app[POOL], app[CONFIG], app[FILE_STORE])
    except (FileStoreUnavailable, *DATABASE_FAILURES) as error:
        log.warning("files not deleted", reason=repr(error))
