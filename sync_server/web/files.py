"""Uploads while the application runs: where they are, and their end with what they belonged to."""

from collections.abc import AsyncIterator

import structlog
from aiohttp import web

from sync_server.config import CONFIG
from sync_server.store.files.files import Files, FilesUnavailable, open_files
from sync_server.store.files.sweep import sweep
from sync_server.store.postgres import POOL

FILES: web.AppKey[Files] = web.AppKey("files", Files)
log = structlog.get_logger(__name__)


async def keeping_files(app: web.Application) -> AsyncIterator[None]:
    """The place for files, as long as the application runs."""
    async with open_files(app[CONFIG]) as files:
        app[FILES] = files
        yield


async def delete_noted_files(app: web.Application) -> None:
    """Delete the files of rows that have just gone; what fails now, a clean-up does later."""
    try:
        await sweep(app[POOL], app[CONFIG], app[FILES])
    except FilesUnavailable as error:
        log.warning("files not deleted", reason=repr(error))
