"""Handlers of the catalogue routes: search, barcodes, entries and downloads."""

import asyncio
from functools import partial

from aiohttp import web

from schema.ids import is_uuid
from sync_server.catalogue import queries, schemas
from sync_server.catalogue.downloads import DOWNLOADS, Span, span_of
from sync_server.catalogue.kinds import EXERCISES, FOODS, KINDS, EntryKind
from sync_server.catalogue.parameters import (
    EXERCISE_FILTERS,
    FOOD_FILTERS,
    SearchQuery,
    read_barcode,
    read_given,
    read_search_query,
)
from sync_server.catalogue.search import SearchResult, search_names
from sync_server.catalogue.sources import SOURCES
from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import SEARCH, limited
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import POOL, acquire
from sync_server.web.errors import InvalidParameter, NotFound
from sync_server.web.identity import SYNC, needs, public, user_of
from sync_server.web.openapi import IF_NONE_MATCH, NOT_MODIFIED, operation
from sync_server.web.respond import json_response, preferred_coding

# No user data: shared caches may store it, and revalidate after an hour.
PUBLIC = {"Cache-Control": "public, max-age=3600", "Vary": "Accept-Encoding"}


@operation(responses={200: schemas.FOODS}, query=schemas.FOOD_PARAMETERS)
@limited(SEARCH)
@needs(SYNC)
async def search_foods(request: web.Request) -> web.StreamResponse:
    """Search foods by name, the user's own first."""
    query = read_search_query(request.query.items(), FOOD_FILTERS)
    return _hits_response(request, FOODS, await _search(request, FOODS, query))


@operation(responses={200: schemas.EXERCISES}, query=schemas.EXERCISE_PARAMETERS)
@limited(SEARCH)
@needs(SYNC)
async def search_exercises(request: web.Request) -> web.StreamResponse:
    """Search exercises by name, muscle, equipment or category, the user's own first."""
    query = read_search_query(request.query.items(), EXERCISE_FILTERS)
    return _hits_response(request, EXERCISES, await _search(request, EXERCISES, query))


@operation(
    responses={200: schemas.FOOD}, errors=(NotFound, InvalidParameter), path=schemas.BARCODE_PATH
)
@limited(SEARCH)
@needs(SYNC)
async def get_food_by_barcode(request: web.Request) -> web.StreamResponse:
    """Food of the user with a barcode; built-in foods have none."""
    barcodes = read_barcode("code", request.match_info["code"])
    query = SearchQuery(words=None, limit=1, barcodes=barcodes)
    result = await _search(request, FOODS, query)
    if not result.hits:
        raise NotFound("None of your foods has this barcode.")
    return json_response(request, result.hits[0])


@operation(responses={200: schemas.CATALOGUE})
@public
async def get_catalogue(request: web.Request) -> web.StreamResponse:
    """Versions, sizes, sources and licences of the built-in catalogue."""
    catalogue = {}
    async with acquire(request.app[POOL], request.app[CONFIG]) as connection:
        for name, kind in KINDS.items():
            span = span_of(await queries.read_loads(connection, kind), "")
            count = await queries.count_entries(connection, kind)
            catalogue[name] = {"version": span.version, "count": count} | SOURCES[name]
    return json_response(request, catalogue, headers=PUBLIC)


@operation(
    responses={200: schemas.FOOD_DOWNLOAD, 304: NOT_MODIFIED},
    query=schemas.SINCE,
    headers=IF_NONE_MATCH,
)
@public
async def get_foods(request: web.Request) -> web.StreamResponse:
    """Built-in foods: all, or the changes since a version."""
    return await _download(request, FOODS)


@operation(
    responses={200: schemas.EXERCISE_DOWNLOAD, 304: NOT_MODIFIED},
    query=schemas.SINCE,
    headers=IF_NONE_MATCH,
)
@public
async def get_exercises(request: web.Request) -> web.StreamResponse:
    """Built-in exercises: all, or the changes since a version."""
    return await _download(request, EXERCISES)


@operation(responses={200: schemas.FOOD_ENTRY}, errors=(NotFound,))
@public
async def get_food(request: web.Request) -> web.StreamResponse:
    """Built-in food by id, possibly retired."""
    return await _entry(request, FOODS)


@operation(responses={200: schemas.EXERCISE_ENTRY}, errors=(NotFound,))
@public
async def get_exercise(request: web.Request) -> web.StreamResponse:
    """Built-in exercise by id, possibly retired."""
    return await _entry(request, EXERCISES)


def _hits_response(request: web.Request, kind: EntryKind, result: SearchResult) -> web.Response:
    body: dict[str, object] = {kind.name: result.hits}
    if result.unknown_words:
        body["unknown_words"] = result.unknown_words
    return json_response(request, body)


async def _search(request: web.Request, kind: EntryKind, query: SearchQuery) -> SearchResult:
    user_id = user_of(request)
    await charge(request, Cost(SEARCH, user_id))
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        return await search_names(connection, user_id, kind, query)


async def _entry(request: web.Request, kind: EntryKind) -> web.StreamResponse:
    id = request.match_info["id"]
    if not is_uuid(id):
        raise NotFound
    async with acquire(request.app[POOL], request.app[CONFIG]) as connection:
        text = await queries.read_entry(connection, kind, id)
    if text is None:
        raise NotFound
    return json_response(request, text.encode(), headers=PUBLIC)


async def _download(request: web.Request, kind: EntryKind) -> web.StreamResponse:
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
    download = await request.app[DOWNLOADS].get(name, partial(_document, request.app, kind, span))
    if coding is None:
        body = await asyncio.to_thread(download.decompress)
    else:
        headers["Content-Encoding"] = coding
        body = download.zstd if coding == "zstd" else download.gzip
    return web.Response(body=body, headers=headers, content_type="application/json")


async def _document(app: web.Application, kind: EntryKind, span: Span) -> bytes:
    async with acquire(app[POOL], app[CONFIG]) as connection:
        return await queries.read_document(connection, kind, span)
