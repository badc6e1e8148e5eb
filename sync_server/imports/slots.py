"""Upload slots of imports: limits on parallel uploads in a process."""

from collections.abc import AsyncIterator

from aiohttp import web

from sync_server.web.upload_slots import UploadSlots

# One at a time: the largest file takes some 250 MB while it is parsed.
MAX_PARALLEL, MAX_UPLOADS, MAX_UPLOADS_PER_USER = 1, 8, 2

IMPORT_SLOTS: web.AppKey[UploadSlots] = web.AppKey("import_slots", UploadSlots)


async def import_slots_context(app: web.Application) -> AsyncIterator[None]:
    """The upload slots, for the lifetime of the application."""
    app[IMPORT_SLOTS] = UploadSlots(MAX_UPLOADS, MAX_UPLOADS_PER_USER, MAX_PARALLEL)
    yield
