"""HTTP handlers of OCR: menus, workout sheets, nutrition labels and their jobs."""

import time
from datetime import UTC, datetime

from aiohttp import web

from schema.ids import is_uuid
from sync_server.config.settings import CONFIG
from sync_server.ocr import queries
from sync_server.ocr.context import CHECK_SLOTS, CHECK_TURNS, IMAGE_SLOTS, WORKER
from sync_server.ocr.engines.interface import ImageKind
from sync_server.ocr.queries import Job
from sync_server.ocr.schemas import ACCEPTED, IMAGE, JOB, LABEL, MENU, PREFER, WORKOUT
from sync_server.ocr.serialize import serialize_job
from sync_server.ocr.submit import submit
from sync_server.rate_limit.charge import Cost, charge, refund
from sync_server.rate_limit.policies import OCR, limited
from sync_server.store.postgres import POOL, bypass_row_level_security, transaction
from sync_server.web.errors import (
    ApiError,
    BrokenImage,
    ImageTooLarge,
    JobEnded,
    NotALabel,
    NotAMenu,
    NotFound,
    Overloaded,
    QuotaExceeded,
    ReadingFailed,
    StorageUnavailable,
    TooManyInFlight,
    UnsupportedImage,
)
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.multipart import read_form
from sync_server.web.observability import EXPECTED_SLOW
from sync_server.web.openapi import operation
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.uploads import delete_pending_files

FORM_BYTES = 4096
"""Size limit of the form without its image."""

ERRORS = (
    UnsupportedImage, ImageTooLarge, BrokenImage, QuotaExceeded, ReadingFailed, JobEnded,
    Overloaded, StorageUnavailable, TooManyInFlight,
)  # fmt: skip
LATER = {"Retry-After": "10"}
DECODED = (BrokenImage, QuotaExceeded)
"""Rejections after decoding: the cost is not refunded."""
FAILURE_DETAILS = {
    "reader_died": "The OCR engine crashed on it.",
    "given_up": "All attempts failed.",
    "image_gone": "The image was deleted.",
}
WRONG_KIND = {"not_a_menu": NotAMenu, "not_a_label": NotALabel}


@operation(
    responses={200: MENU, 202: ACCEPTED}, errors=(*ERRORS, NotAMenu), body=IMAGE, headers=PREFER
)
@limited(OCR)
@needs(SYNC, lasting=True)
async def post_menu(request: web.Request) -> web.StreamResponse:
    """Read a menu: dishes with prices and, where printed, nutrients, as drafts to confirm.

    The same image within a day gets the stored result.
    """
    return await _post(request, "menu")


@operation(responses={200: WORKOUT, 202: ACCEPTED}, errors=ERRORS, body=IMAGE, headers=PREFER)
@limited(OCR)
@needs(SYNC, lasting=True)
async def post_workout(request: web.Request) -> web.StreamResponse:
    """Read a workout sheet: exercises with their sets, as drafts to confirm.

    The same image within a day gets the stored result.
    """
    return await _post(request, "workout")


@operation(
    responses={200: LABEL, 202: ACCEPTED}, errors=(*ERRORS, NotALabel), body=IMAGE, headers=PREFER
)
@limited(OCR)
@needs(SYNC, lasting=True)
async def post_label(request: web.Request) -> web.StreamResponse:
    """Read a nutrition label: a food with nutrients per 100 g as a draft, and its barcodes.

    Columns per 100 g are preferred; amounts per serving are converted by its printed weight. Each
    barcode has the user's own foods with it. The same image within a day gets the stored result.
    """
    return await _post(request, "label")


@operation(responses={200: JOB}, errors=(NotFound,))
@needs(SYNC)
async def get_job(request: web.Request) -> web.StreamResponse:
    """State and result of a job, for a day."""
    return json_response(request, await _job_document(request, await _job(request)))


@operation(responses={200: JOB}, errors=(NotFound, JobEnded))
@needs(SYNC)
async def delete_job(request: web.Request) -> web.StreamResponse:
    """Cancel an unfinished job; its image is deleted."""
    job, now = await _job(request), datetime.now(UTC)
    if job.state != "cancelled":
        pool, config = request.app[POOL], request.app[CONFIG]
        async with transaction(pool, config, job.user_id) as connection:
            if not await queries.cancel(connection, job.user_id, job.id, now):
                raise JobEnded
        await delete_pending_files(request.app)
        job = await _job(request)
    return json_response(request, await _job_document(request, job))


async def _post(request: web.Request, kind: ImageKind) -> web.StreamResponse:
    app, config, user_id = request.app, request.app[CONFIG], user_of(request)
    wait = not _respond_async(request)
    await charge(request, Cost(OCR, user_id))
    try:
        with app[IMAGE_SLOTS].reserve(user_id):
            form = await read_form(request, {"image": True}, config.ocr.ocr_max_bytes + FORM_BYTES)
            async with app[CHECK_TURNS].admit(user_id), app[CHECK_SLOTS]:
                image = form.pop("image")
                job = await submit(app, user_id, kind, image, waited_for=wait)
            del image  # up to ten megabytes, while the request waits
    except ApiError as error:
        if not isinstance(error, DECODED):
            # Rejected before decoding: the retry is free.
            await refund(request)
        raise
    app[WORKER].notify()
    request[EXPECTED_SLOW] = True
    if not wait:
        headers = NO_STORE | {
            "Location": f"{request.path.rpartition('/')[0]}/jobs/{job.id}",
            "Preference-Applied": "respond-async",
            "Retry-After": "1",
        }
        return json_response(
            request, await _job_document(request, job), status=202, headers=headers
        )
    return json_response(request, await _result(request, job))


async def _result(request: web.Request, job: Job) -> bytes:
    """Result of a job, once it has ended.

    Raises ReadingFailed, NotAMenu, NotALabel, JobEnded or Overloaded.

    A client that disconnects gets the result when it sends the image again.
    """
    app, deadline = request.app, time.monotonic() + request.app[CONFIG].ocr.ocr_wait_s
    while job.state in ("queued", "reading"):
        if time.monotonic() > deadline:
            raise Overloaded("It is still being read: send it again for the result.", headers=LATER)
        await app[WORKER].wait_for_end()
        job = await _read_job(request, job.id)
    if job.state == "done" and job.result is not None:
        return job.result.encode()
    if job.failure == "too_slow":
        # Images are of limited size: one that takes so long waited for the processor.
        raise Overloaded("Reading it took too long: send it again later.", headers=LATER)
    if job.failure in WRONG_KIND:
        raise WRONG_KIND[job.failure]
    if job.failure:
        raise ReadingFailed(FAILURE_DETAILS[job.failure])
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


async def _job_document(request: web.Request, job: Job) -> dict[str, object]:
    upcoming = 0
    if job.state == "queued":
        async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
            upcoming = await queries.count_ahead(connection, job, datetime.now(UTC))
    return serialize_job(job, upcoming)


def _respond_async(request: web.Request) -> bool:
    """True if the client prefers a 202 at once (RFC 7240)."""
    preferences = ",".join(request.headers.getall("Prefer", [])).lower().split(",")
    return any(preference.split(";")[0].strip() == "respond-async" for preference in preferences)
