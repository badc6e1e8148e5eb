"""Submission of an image: check, quota, storage, and one job per image."""

import asyncio
import hashlib
import uuid
from datetime import UTC, datetime, timedelta

import asyncpg
from aiohttp import web

from schema.ids import UserId
from sync_server.config.settings import CONFIG, Config
from sync_server.ocr import queries
from sync_server.ocr.engines.interface import ImageKind
from sync_server.ocr.normalize import normalize_within
from sync_server.ocr.pictures import (
    CorruptImage,
    NormalizedImage,
    TooManyPixels,
    UnknownImageFormat,
)
from sync_server.ocr.queries import Job
from sync_server.store.files.interface import FileStoreUnavailable
from sync_server.store.postgres import POOL, bypass_row_level_security, transaction
from sync_server.web.child_process import ChildDied, preload, run_in_child
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

OVERLOAD = 3.0
"""Seconds per second of the processor from which on the server, not the image, is slow."""
preload("sync_server.ocr.recoding")


async def submit(
    app: web.Application, user_id: UserId, kind: ImageKind, content: bytes, *, waited_for: bool
) -> Job:
    """Job of an uploaded image: the existing one, else a new one in the queue.

    Raises UnsupportedImage, ImageTooLarge, BrokenImage, QuotaExceeded, Overloaded,
    StorageUnavailable or AccountDeleted.
    """
    config, now = app[CONFIG], datetime.now(UTC)
    quota = config.ocr.ocr_quota_bytes
    digest = await asyncio.to_thread(hashlib.sha256, content)
    image = digest.digest(), kind, config.ocr.ocr_provider
    async with transaction(app[POOL], config, user_id) as connection:
        existing = await queries.find_image(connection, user_id, image, now)
        if existing and waited_for:
            await queries.prioritize(connection, user_id, existing.id)
        if not existing and (await queries.stored_bytes(connection, user_id) or 0) >= quota:
            raise QuotaExceeded
    if existing:
        return existing
    await _require_capacity(app, now, waited_for=waited_for)
    picture = await _normalize(content, config)
    job = _new_job(user_id, image, picture, config, now, waited_for=waited_for)
    async with transaction(app[POOL], config, user_id) as connection:
        stored = await queries.stored_bytes(connection, user_id)
        if stored is None:
            raise AccountDeleted
        if stored + job.bytes > quota:
            raise QuotaExceeded
        await queries.insert_arriving(connection, job)
    return await _store(app, job, picture)


async def _store(app: web.Application, job: Job, picture: NormalizedImage) -> Job:
    """Store the file of an inserted job, and queue it."""
    files, config = app[FILE_STORE], app[CONFIG]
    assert job.file is not None
    try:
        await files.put(job.file, picture.content)
        async with transaction(app[POOL], config, job.user_id) as connection:
            queued = await queries.queue(connection, job)
    except BaseException as error:
        async with transaction(app[POOL], config, job.user_id) as connection:
            await queries.delete_job(connection, job.user_id, job.id)
        await delete_pending_files(app)
        if isinstance(error, FileStoreUnavailable):
            raise StorageUnavailable from error
        if not isinstance(error, asyncpg.UniqueViolationError):
            raise
        return await _find_duplicate(app, job)
    if not queued:
        # The account was deleted in the meantime; the file was marked before it was stored.
        async with bypass_row_level_security(app[POOL], config) as connection:
            await queries.mark_file_for_deletion(connection, job.file)
        await delete_pending_files(app)
        raise AccountDeleted
    return job


async def _find_duplicate(app: web.Application, job: Job) -> Job:
    """Job of the same image, sent twice at once."""
    image = bytes.fromhex(job.digest), job.kind, job.provider
    async with transaction(app[POOL], app[CONFIG], job.user_id) as connection:
        duplicate = await queries.find_image(connection, job.user_id, image, job.created_at)
    if duplicate is None:
        raise Overloaded("The same image is being sent again and again.")
    return duplicate


async def _require_capacity(app: web.Application, now: datetime, *, waited_for: bool) -> None:
    """Raise Overloaded if the queue is full."""
    config = app[CONFIG]
    async with bypass_row_level_security(app[POOL], config) as connection:
        waited_for_jobs, jobs = await queries.count_waiting(connection, now)
    if jobs >= config.ocr.ocr_max_jobs or (
        waited_for and waited_for_jobs >= config.ocr.ocr_max_waiting
    ):
        raise Overloaded("Too many images are waiting to be read.", headers={"Retry-After": "10"})


async def _normalize(content: bytes, config: Config) -> NormalizedImage:
    limit_s = config.ocr.ocr_decode_time_limit_s
    try:
        return await run_in_child(
            normalize_within, OVERLOAD * limit_s, limit_s, content, config.ocr.ocr_max_pixels
        )
    except UnknownImageFormat:
        raise UnsupportedImage from None
    except TooManyPixels as error:
        raise ImageTooLarge(f"The image has {error} pixels.") from None
    except CorruptImage as error:
        raise BrokenImage(str(error)) from None
    except TimeoutError:
        raise Overloaded(
            "Decoding it took too long: send it again later.", headers={"Retry-After": "10"}
        ) from None
    except ChildDied:
        raise BrokenImage("Decoding it failed, or took too long.") from None


def _new_job(
    user_id: UserId,
    image: tuple[bytes, ImageKind, str],
    picture: NormalizedImage,
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
        expires_at=now + timedelta(hours=config.ocr.ocr_retention_hours),
        digest=digest.hex(),
    )
