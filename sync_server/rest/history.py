"""Handlers of the history: what was replaced of a record, its restoration, and the trash."""

from collections.abc import Sequence

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from schema import COLLECTIONS
from schema.collection import Collection
from schema.ids import Json
from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PULL_REQUESTS, limited
from sync_server.rest.history_page import read_page_query
from sync_server.rest.history_queries import (
    HistoryEntry,
    read_deleted_together,
    read_entry,
    read_history,
    read_ids,
    read_trash,
)
from sync_server.rest.history_schemas import (
    PAGE_PARAMETERS,
    TRASH,
    TRASH_PARAMETERS,
    Restoration,
    history_page,
)
from sync_server.rest.reads import plural, with_docstring
from sync_server.rest.resource import Resource, resource_of, serialize
from sync_server.rest.schemas import schemas_of, written
from sync_server.rest.write_operation import write_operation
from sync_server.store.fenced_reads import Reads, read_rows
from sync_server.store.postgres import POOL
from sync_server.sync.server_writes.edits import Edit, EditResult
from sync_server.sync.server_writes.handle_edits import handle_edits
from sync_server.sync.stored_response import StoredResponse
from sync_server.web.body import load_fields, read_body
from sync_server.web.errors import (
    InvalidCursor,
    InvalidRecord,
    InvalidRequest,
    NaturalKeyChange,
    NotFound,
    PreconditionFailed,
    TooManyChanges,
)
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.preconditions import IF_MATCH, etag, preconditions_of
from sync_server.web.query import invalid_parameter, read_parameters
from sync_server.web.respond import json_response


def history_handler(resource: Resource) -> Handler:
    """Handler of GET on a record's history."""

    @operation(
        responses={200: history_page(resource)},
        errors=(InvalidCursor, NotFound),
        query=PAGE_PARAMETERS,
        tag=resource.slug,
        name=f"list_{resource.singular}_history",
    )
    @limited(PULL_REQUESTS)
    @needs(SYNC)
    async def list_history(request: web.Request) -> web.StreamResponse:
        user_id, id, name = user_of(request), request.match_info["id"], resource.collection.name
        given = read_parameters(request.query.items(), tuple(PAGE_PARAMETERS))
        query = read_page_query(given, user_id, f"history {name} {id}")
        await charge(request, Cost(PULL_REQUESTS, user_id))
        async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
            ids = await read_ids(connection, user_id, resource.collection, id)
            entries = await read_history(
                connection, user_id, name, ids, query.limit + 1, query.after
            )
        if entries is None:
            raise NotFound
        return json_response(request, query.text(entries))

    return with_docstring(
        list_history,
        f"List what was overwritten, deleted or lost of one of the {plural(resource)}.",
    )


@operation(
    responses={200: TRASH},
    errors=(InvalidCursor,),
    query=TRASH_PARAMETERS,
    tag="trash",
    tag_description="Deleted records of all collections; their own routes restore them.",
)
@limited(PULL_REQUESTS)
@needs(SYNC)
async def list_trash(request: web.Request) -> web.StreamResponse:
    """List the deleted records that can be restored, the last deleted first."""
    user_id = user_of(request)
    given = read_parameters(request.query.items(), tuple(TRASH_PARAMETERS))
    collection = given.get("collection") or None
    if collection is not None and collection not in COLLECTIONS:
        raise invalid_parameter("collection", f"There is no collection named {collection!r}.")
    query = read_page_query(given, user_id, f"trash {collection}")
    await charge(request, Cost(PULL_REQUESTS, user_id))
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        entries = await read_trash(connection, user_id, collection, query.limit + 1, query.after)
    return json_response(request, query.text(entries, named=True))


def restore_handler(resource: Resource) -> Handler:
    """Handler of POST on a record's restoration."""

    @write_operation(
        resource,
        "restore",
        responses={200: written(schemas_of(resource).listed, created=False)},
        errors=(
            InvalidRequest,
            InvalidRecord,
            NaturalKeyChange,
            NotFound,
            PreconditionFailed,
            TooManyChanges,
        ),
        body=Restoration,
        example={"version": 17},
        headers=IF_MATCH,
    )
    async def restore(request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        version: int = load_fields(body, Restoration())["version"]
        edits = await _edits(request, resource.collection, version)
        return await handle_edits(request, edits, _render, body)

    return with_docstring(
        restore,
        f"Restore a version of one of the {plural(resource)}, as a new change.\n\n"
        "What was deleted together with it comes back too: a session's sets, a plan's meals.",
    )


async def _edits(request: web.Request, collection: Collection, version: int) -> list[Edit]:
    """The record as of the version, and the records that were deleted together with it."""
    user_id, named = user_of(request), request.match_info["id"]
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        ids = await read_ids(connection, user_id, collection, named)
        id = ids[0]  # a record that has moved moves back
        entry = await read_entry(connection, user_id, collection.name, ids, version)
        if entry is None:
            raise NotFound("The history has no such version.")
        children = await read_deleted_together(connection, user_id, collection.name, id)
    return [
        _edit(entry, collection, id, request),
        *(
            Edit("put", name, child_id, data.encode(), if_exists="skip")
            for name, child_id, data in children
        ),
    ]


def _edit(entry: HistoryEntry, collection: Collection, id: str, request: web.Request) -> Edit:
    """The whole record as it was; of values that lost, only these."""
    preconditions = preconditions_of(request)
    if entry.why != "lost":
        return Edit("put", collection.name, id, entry.data.encode(), preconditions)
    fields: dict[str, Json] = orjson.loads(entry.data)
    registers = {field.register for name, field in collection.fields.items() if name in fields}
    absent = {name: None for name, it in collection.fields.items() if it.register in registers}
    return Edit("patch", collection.name, id, orjson.dumps(absent | fields), preconditions)


async def _render(_connection: Reads, results: Sequence[EditResult]) -> StoredResponse:
    """The response with the restored record, without the members that a domain adds."""
    record = results[0].record
    location = f"{resource_of(record.collection).path}/{record.id}"
    headers = {"ETag": etag(record.version), "Location": location}
    return StoredResponse(serialize(record), 200, headers)
