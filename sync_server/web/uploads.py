"""Uploads while the application runs: where they are, and their end with what they belonged to."""

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

PATIENCE_S = 5.0
"""Time that a deletion waits for a storage that does not answer."""

FILE_STORE: web.AppKey[FileStore] = web.AppKey("files", FileStore)
log = structlog.get_logger(__name__)


async def file_store_context(app: web.Application) -> AsyncIterator[None]:
    """The place for files, as long as the application runs."""
    async with open_file_store(app[CONFIG]) as files:
        app[FILE_STORE] = files
        yield


async def delete_pending_files(app: web.Application) -> None:
    """Delete the files of rows that have just gone; what fails now, a clean-up does later."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await sweep(app[POOL], app[CONFIG], app[FILE_STORE])
    except (FileStoreUnavailable, *DATABASE_FAILURES) as error:
        log.warning("files not deleted", reason=repr(error))
