"""Upload slots of imports: limits on parallel uploads in a process, and of one user."""

from collections.abc import AsyncIterator

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.web.admission import UserAdmission
from sync_server.web.upload_slots import UploadSlots

# The process of the largest file takes some 250 MB.
MAX_UPLOADS, MAX_UPLOADS_PER_USER = 8, 2

# An archive takes up to IMPORT_ARCHIVE_MAX_BYTES of the disk, and a core for a minute.
MAX_ARCHIVES, MAX_ARCHIVES_PER_USER = 4, 1

ARCHIVE_SLOTS: web.AppKey[UploadSlots] = web.AppKey("archive_slots", UploadSlots)
IMPORT_SLOTS: web.AppKey[UploadSlots] = web.AppKey("import_slots", UploadSlots)
IMPORT_TURNS: web.AppKey[UserAdmission] = web.AppKey("import_turns", UserAdmission)


async def import_slots_context(app: web.Application) -> AsyncIterator[None]:
    """The upload slots, for the lifetime of the application."""
    app[IMPORT_SLOTS] = UploadSlots(MAX_UPLOADS, MAX_UPLOADS_PER_USER)
    app[ARCHIVE_SLOTS] = UploadSlots(MAX_ARCHIVES, MAX_ARCHIVES_PER_USER)
    limit_s = app[CONFIG].imports.import_time_limit_s
    app[IMPORT_TURNS] = UserAdmission("imports", 1, MAX_UPLOADS_PER_USER, limit_s)
    yield
