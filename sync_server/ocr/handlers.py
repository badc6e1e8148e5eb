"""The routes of reading images: a menu, a workout sheet, and the jobs that do it."""

import time
from datetime import UTC, datetime

from aiohttp import web

from schema.ids import is_uuid
from sync_server.config.settings import CONFIG
from sync_server.ocr import queries
from sync_server.ocr.engines.interface import Kind
from sync_server.ocr.queries import Job
from sync_server.ocr.schemas import ACCEPTED, IMAGE, JOB, MENU, PREFER, WORKOUT, told
from sync_server.ocr.submit import take_in
from sync_server.ocr.worker import IMAGE_SLOTS, WORKER
from sync_server.rate_limit.charge import Cost, charge, refund
from sync_server.rate_limit.policies import OCR, limited
from sync_server.store.postgres import POOL, bypass_row_level_security, transaction
from sync_server.web.errors import (
    ApiError,
    BrokenImage,
    ImageTooLarge,
    JobEnded,
    NotFound,
    Overloaded,
    QuotaExceeded,
    ReadingFailed,
    StorageUnavailable,
    UnsupportedImage,
)
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.multipart import read_form
from sync_server.web.observability import EXPECTED_SLOW
from sync_server.web.openapi import operation
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.uploads import delete_pending_files

FORM_BYTES = 4096
"""Room for all of a form but its image."""

ERRORS = (
    UnsupportedImage, ImageTooLarge, BrokenImage, QuotaExceeded, ReadingFailed, JobEnded,
    Overloaded, StorageUnavailable,
)  # fmt: skip
DECODED = (BrokenImage, QuotaExceeded)
"""Refusals that may have cost as much as an image that is read."""
WORDS = {
    "too_slow": "Reading it took too long.",
    "reader_died": "It was too much for what reads images.",
    "given_up": "It was tried several times.",
    "image_gone": "It is no longer kept.",
}


@operation(responses={200: MENU, 202: ACCEPTED}, errors=ERRORS, body=IMAGE, headers=PREFER)
@limited(OCR)
@needs(SYNC)
async def post_menu(request: web.Request) -> web.StreamResponse:
    """Read a menu: dishes with prices and, where printed, nutrients, as drafts to confirm.

    The same image again, within a day, is not read again: it gets the answer that it had.
    """
    return await _post(request, "menu")


@operation(responses={200: WORKOUT, 202: ACCEPTED}, errors=ERRORS, body=IMAGE, headers=PREFER)
@limited(OCR)
@needs(SYNC)
async def post_workout(request: web.Request) -> web.StreamResponse:
    """Read a workout sheet: exercises with their sets, as drafts to confirm.

    The same image again, within a day, is not read again: it gets the answer that it had.
    """
    return await _post(request, "workout")


@operation(responses={200: JOB}, errors=(NotFound,))
@needs(SYNC)
async def get_job(request: web.Request) -> web.StreamResponse:
    """How far an image is, and what was read in it; for a day."""
    return json_response(request, await _told(request, await _job(request)))


@operation(responses={200: JOB}, errors=(NotFound, JobEnded))
@needs(SYNC)
async def delete_job(request: web.Request) -> web.StreamResponse:
    """Cancel a job that has not ended; its image is deleted."""
    job, now = await _job(request), datetime.now(UTC)
    if job.state != "cancelled":
        pool, config = request.app[POOL], request.app[CONFIG]
        async with transaction(pool, config, job.user_id) as connection:
            if not await queries.cancel(connection, job.user_id, job.id, now):
                raise JobEnded
        await delete_pending_files(request.app)
        job = await _job(request)
    return json_response(request, await _told(request, job))


async def _post(request: web.Request, kind: Kind) -> web.StreamResponse:
    app, config, user_id = request.app, request.app[CONFIG], user_of(request)
    patient = not _respond_async(request)
    await charge(request, Cost(OCR, user_id))
    try:
        with app[IMAGE_SLOTS].reserve(user_id):
            form = await read_form(request, {"image": True}, config.ocr_max_bytes + FORM_BYTES)
            async with app[IMAGE_SLOTS].processing:
                image = form.pop("image")
                job = await take_in(app, user_id, kind, image, waited_for=patient)
            del image  # ten megabytes, while it waits for the answer
    except ApiError as error:
        if not isinstance(error, DECODED):
            # Choosing a better photograph, or coming again, costs nothing.
            await refund(request)
        raise
    app[WORKER].call()
    request[EXPECTED_SLOW] = True
    if not patient:
        headers = NO_STORE | {
            "Location": f"{request.path.rpartition('/')[0]}/jobs/{job.id}",
            "Preference-Applied": "respond-async",
            "Retry-After": "1",
        }
        return json_response(request, await _told(request, job), status=202, headers=headers)
    return json_response(request, await _result(request, job))


async def _result(request: web.Request, job: Job) -> bytes:
    """What was read in a job's image, when it has been; raises ReadingFailed, JobEnded, Overloaded.

    Whoever leaves before finds the answer when sending the image again.
    """
    app, until = request.app, time.monotonic() + request.app[CONFIG].ocr_wait_s
    while job.state in ("queued", "reading"):
        if time.monotonic() > until:
            raise Overloaded("It is still being read: send it again for the answer.")
        await app[WORKER].job_ended()
        job = await _read_job(request, job.id)
    if job.state == "done" and job.result is not None:
        return job.result.encode()
    if job.failure:
        raise ReadingFailed(WORDS[job.failure])
    raise JobEnded("The job was cancelled.")


async def _job(request: web.Request) -> Job:
    id = request.match_info["id"]
    if not is_uuid(id):
        raise NotFound
    return await _read_job(request, id)


async def _read_job(request: web.Request, id: str) -> Job:
    pool, config, user_id = request.app[POOL], request.app[CONFIG], user_of(request)
    async with transaction(pool, config, user_id) as connection:
        job = await queries.read_job(connection, user_id, id, datetime.now(UTC))
    if job is None:
        raise NotFound
    return job


async def _told(request: web.Request, job: Job) -> dict[str, object]:
    ahead = 0
    if job.state == "queued":
        async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
            ahead = await queries.count_ahead(connection, job, datetime.now(UTC))
    return told(job, ahead)


def _respond_async(request: web.Request) -> bool:
    """Whether the client would rather not wait (RFC 7240)."""
    preferences = ",".join(request.headers.getall("Prefer", [])).lower().split(",")
    return any(one.split(";")[0].strip() == "respond-async" for one in preferences)
