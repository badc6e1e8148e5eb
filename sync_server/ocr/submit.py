"""From an upload to a job in the queue: checked, counted, stored, and never twice."""

import asyncio
import hashlib
import uuid
from datetime import UTC, datetime, timedelta

import asyncpg
from aiohttp import web

from schema.ids import UserId
from sync_server.config.settings import CONFIG, Config
from sync_server.ocr import queries
from sync_server.ocr.engines.interface import Kind
from sync_server.ocr.pictures import Broken, NotAnImage, Picture, TooLarge, picture_of
from sync_server.ocr.queries import Job
from sync_server.store.files.interface import FileStoreUnavailable
from sync_server.store.postgres import POOL, bypass_row_level_security, transaction
from sync_server.web.errors import (
    AccountDeleted,
    BrokenImage,
    ImageTooLarge,
    Overloaded,
    QuotaExceeded,
    StorageUnavailable,
    UnsupportedImage,
)
from sync_server.web.uploads import FILE_STORE, delete_pending_files


async def take_in(
    app: web.Application, user_id: UserId, kind: Kind, content: bytes, *, waited_for: bool
) -> Job:
    """The job of an uploaded image: the one there is, else a new one in the queue.

    Raises UnsupportedImage, ImageTooLarge, BrokenImage, QuotaExceeded, Overloaded,
    StorageUnavailable or AccountDeleted.
    """
    config, now = app[CONFIG], datetime.now(UTC)
    quota = config.ocr_quota_bytes
    digest = await asyncio.to_thread(hashlib.sha256, content)
    image = digest.digest(), kind, config.ocr_provider
    async with transaction(app[POOL], config, user_id) as connection:
        known = await queries.find_image(connection, user_id, image, now)
        if known and waited_for:
            await queries.wait_for(connection, user_id, known.id)
        if not known and (await queries.kept_bytes(connection, user_id) or 0) >= quota:
            raise QuotaExceeded
    if known:
        return known
    await _refuse_crowd(app, now, waited_for=waited_for)
    picture = await asyncio.to_thread(_picture, content, config)
    job = _job(user_id, image, picture, config, now, waited_for=waited_for)
    async with transaction(app[POOL], config, user_id) as connection:
        kept = await queries.kept_bytes(connection, user_id)
        if kept is None:
            raise AccountDeleted
        if kept + job.bytes > quota:
            raise QuotaExceeded
        await queries.arrive(connection, job)
    return await _stored(app, job, picture)


async def _stored(app: web.Application, job: Job, picture: Picture) -> Job:
    """Store the file of a job that has arrived, and queue it."""
    files, config = app[FILE_STORE], app[CONFIG]
    assert job.file is not None
    try:
        await files.put(job.file, picture.content)
        async with transaction(app[POOL], config, job.user_id) as connection:
            queued = await queries.queue(connection, job)
    except BaseException as error:
        async with transaction(app[POOL], config, job.user_id) as connection:
            await queries.forget(connection, job.user_id, job.id)
        await delete_pending_files(app)
        if isinstance(error, FileStoreUnavailable):
            raise StorageUnavailable from error
        if not isinstance(error, asyncpg.UniqueViolationError):
            raise
        return await _other(app, job)
    if not queued:
        # The account went meanwhile, and the file was swept before it was there.
        async with bypass_row_level_security(app[POOL], config) as connection:
            await queries.note_file(connection, job.file)
        await delete_pending_files(app)
        raise AccountDeleted
    return job


async def _other(app: web.Application, job: Job) -> Job:
    """The job that the same image got, sent twice at once."""
    image = bytes.fromhex(job.digest), job.kind, job.provider
    async with transaction(app[POOL], app[CONFIG], job.user_id) as connection:
        other = await queries.find_image(connection, job.user_id, image, job.created_at)
    if other is None:
        raise Overloaded("The same image is being sent again and again.")
    return other


async def _refuse_crowd(app: web.Application, now: datetime, *, waited_for: bool) -> None:
    """Raise Overloaded when too many images are waiting."""
    config = app[CONFIG]
    async with bypass_row_level_security(app[POOL], config) as connection:
        by_requests, jobs = await queries.count_waiting(connection, now)
    if jobs >= config.ocr_max_jobs or (waited_for and by_requests >= config.ocr_max_waiting):
        raise Overloaded("Too many images are waiting to be read.", headers={"Retry-After": "10"})


def _picture(content: bytes, config: Config) -> Picture:
    try:
        return picture_of(content, config.ocr_max_pixels)
    except NotAnImage:
        raise UnsupportedImage from None
    except TooLarge as error:
        raise ImageTooLarge(f"The image has {error} pixels.") from None
    except Broken as error:
        raise BrokenImage(str(error)) from None


def _job(
    user_id: UserId,
    image: tuple[bytes, Kind, str],
    picture: Picture,
    config: Config,
    now: datetime,
    *,
    waited_for: bool,
) -> Job:
    digest, kind, provider = image
    return Job(
        user_id=user_id,
        id=str(uuid.uuid4()),
        kind=kind,
        provider=provider,
        state="queued",
        waited_for=waited_for,
        file=f"{uuid.uuid4()}.{picture.suffix}",
        bytes=len(picture.content),
        width=picture.width,
        height=picture.height,
        attempts=0,
        result=None,
        failure=None,
        created_at=now,
        started_at=None,
        finished_at=None,
        expires_at=now + timedelta(hours=config.ocr_retention_hours),
        digest=digest.hex(),
    )
