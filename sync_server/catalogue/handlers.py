"""The routes of the catalogue: search, barcodes, single entries and the download."""

import asyncio
from functools import partial

from aiohttp import web

from schema.ids import is_uuid
from sync_server.catalogue import queries
from sync_server.catalogue import schemas as answers
from sync_server.catalogue.downloads import DOWNLOADS, Span, span_of
from sync_server.catalogue.find import find
from sync_server.catalogue.kinds import EXERCISES, FOODS, KINDS, Kind
from sync_server.catalogue.parameters import (
    EXERCISE_FILTERS,
    FOOD_FILTERS,
    Question,
    read_barcode,
    read_given,
    read_question,
)
from sync_server.catalogue.sources import SOURCES
from sync_server.config.settings import CONFIG
from sync_server.store.postgres import POOL, acquire, read_transaction
from sync_server.web.errors import InvalidParameter, NotFound
from sync_server.web.identity import SYNC, needs, public, user_of
from sync_server.web.openapi import IF_NONE_MATCH, NOT_MODIFIED, operation
from sync_server.web.respond import json_response, preferred_coding

# Nothing of any user: whoever lies between may keep it, and asks after an hour if it still stands.
PUBLIC = {"Cache-Control": "public, max-age=3600", "Vary": "Accept-Encoding"}


@operation(responses={200: answers.FOODS}, query=answers.FOOD_PARAMETERS)
@needs(SYNC)
async def search_foods(request: web.Request) -> web.StreamResponse:
    """Find foods by name, the user's own first."""
    question = read_question(request.query.items(), FOOD_FILTERS)
    return json_response(request, {"foods": await _found(request, FOODS, question)})


@operation(responses={200: answers.EXERCISES}, query=answers.EXERCISE_PARAMETERS)
@needs(SYNC)
async def search_exercises(request: web.Request) -> web.StreamResponse:
    """Find exercises by name and by what they are for, the user's own first."""
    question = read_question(request.query.items(), EXERCISE_FILTERS)
    return json_response(request, {"exercises": await _found(request, EXERCISES, question)})


@operation(
    responses={200: answers.FOOD}, errors=(NotFound, InvalidParameter), path=answers.BARCODE_PATH
)
@needs(SYNC)
async def get_food_by_barcode(request: web.Request) -> web.StreamResponse:
    """The user's own food with a barcode; the built-in ones have none."""
    barcodes = read_barcode("code", request.match_info["code"])
    question = Question(words=None, limit=1, barcodes=barcodes)
    hits = await _found(request, FOODS, question)
    if not hits:
        raise NotFound("None of your foods has this barcode.")
    return json_response(request, hits[0])


@operation(responses={200: answers.CATALOGUE})
@public
async def get_catalogue(request: web.Request) -> web.StreamResponse:
    """What is built in: versions, how much, where it comes from and under which licence."""
    told = {}
    async with acquire(request.app[POOL], request.app[CONFIG]) as connection:
        for name, kind in KINDS.items():
            span = span_of(await queries.read_loads(connection, kind), "")
            count = await queries.count_entries(connection, kind)
            told[name] = {"version": span.version, "count": count} | SOURCES[name]
    return json_response(request, told, headers=PUBLIC)


@operation(
    responses={200: answers.FOOD_DOWNLOAD, 304: NOT_MODIFIED},
    query=answers.SINCE,
    headers=IF_NONE_MATCH,
)
@public
async def get_foods(request: web.Request) -> web.StreamResponse:
    """All built-in foods, or what has changed since a version."""
    return await _download(request, FOODS)


@operation(
    responses={200: answers.EXERCISE_DOWNLOAD, 304: NOT_MODIFIED},
    query=answers.SINCE,
    headers=IF_NONE_MATCH,
)
@public
async def get_exercises(request: web.Request) -> web.StreamResponse:
    """All built-in exercises, or what has changed since a version."""
    return await _download(request, EXERCISES)


@operation(responses={200: answers.FOOD_ENTRY}, errors=(NotFound,))
@public
async def get_food(request: web.Request) -> web.StreamResponse:
    """One built-in food, also when it is no longer offered."""
    return await _entry(request, FOODS)


@operation(responses={200: answers.EXERCISE_ENTRY}, errors=(NotFound,))
@public
async def get_exercise(request: web.Request) -> web.StreamResponse:
    """One built-in exercise, also when it is no longer offered."""
    return await _entry(request, EXERCISES)


async def _found(request: web.Request, kind: Kind, question: Question) -> list[dict[str, object]]:
    user_id = user_of(request)
    async with read_transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        return await find(connection, user_id, kind, question)


async def _entry(request: web.Request, kind: Kind) -> web.StreamResponse:
    id = request.match_info["id"]
    if not is_uuid(id):
        raise NotFound
    async with acquire(request.app[POOL], request.app[CONFIG]) as connection:
        text = await queries.read_entry(connection, kind, id)
    if text is None:
        raise NotFound
    return json_response(request, text.encode(), headers=PUBLIC)


async def _download(request: web.Request, kind: Kind) -> web.StreamResponse:
    since = read_given(request.query.items(), ("since",)).get("since", "")
    async with acquire(request.app[POOL], request.app[CONFIG]) as connection:
        span = span_of(await queries.read_loads(connection, kind), since)
    name, coding = (
        span.etag(kind.name),
        preferred_coding(request.headers.get("Accept-Encoding", "")),
    )
    # Another coding is another representation, and a strong ETag names one.
    headers = PUBLIC | {"ETag": f'"{name}-{coding or "identity"}"'}
    if name in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    made = await request.app[DOWNLOADS].get(name, partial(_document, request.app, kind, span))
    if coding is None:
        body = await asyncio.to_thread(made.plain)
    else:
        headers["Content-Encoding"] = coding
        body = made.zstd if coding == "zstd" else made.gzip
    return web.Response(body=body, headers=headers, content_type="application/json")


async def _document(app: web.Application, kind: Kind, span: Span) -> bytes:
    async with acquire(app[POOL], app[CONFIG]) as connection:
        return await queries.read_document(connection, kind, span)
