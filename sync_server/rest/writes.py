"""Writes of a resource: the body becomes one edit, the record the response."""

import secrets
import time
from collections.abc import Sequence
from functools import partial
from typing import Literal

from aiohttp import web

from schema.ids import new_id
from sync_server.config.settings import CONFIG
from sync_server.rest.body import read_record_body, require_id
from sync_server.rest.resource import Resource, represent
from sync_server.store.postgres import POOL, Connection, read_transaction
from sync_server.sync.server_writes.edits import Edit, EditResult
from sync_server.sync.server_writes.handle_edits import handle_edits
from sync_server.sync.stored_response import StoredResponse
from sync_server.web.identity import user_of
from sync_server.web.preconditions import preconditions_of


async def create_record(request: web.Request, resource: Resource) -> web.StreamResponse:
    """Create a record under the body's id or a new one.

    200 if its natural key exists, or the id with the same fields.
    """
    body = await read_record_body(request)
    fields = await _completed(request, resource, body.fields, None)
    id = body.id or new_record_id()
    edit = Edit("put", resource.collection.name, id, fields, if_exists="forbid")
    return await handle_edits(request, [edit], partial(_render, request, resource), body.received)


async def replace_record(request: web.Request, resource: Resource) -> web.StreamResponse:
    """Create or replace the whole record."""
    return await _write(request, resource, "put")


async def change_record(request: web.Request, resource: Resource) -> web.StreamResponse:
    """Change fields of a record; creates it if the required fields are there."""
    return await _write(request, resource, "patch")


async def delete_record(request: web.Request, resource: Resource) -> web.StreamResponse:
    """Delete a record: a tombstone stays."""
    id, preconditions = request.match_info["id"], preconditions_of(request)
    name = resource.collection.name
    edit = Edit("delete", name, id, preconditions=preconditions, if_exists="require")
    return await handle_edits(request, [edit], _render_deleted, b"")


def new_record_id() -> str:
    """A new record's id: UUIDv7, in the order of time."""
    return new_id(time.time_ns() // 1000, secrets.randbits(62))


async def _write(
    request: web.Request, resource: Resource, op: Literal["put", "patch"]
) -> web.StreamResponse:
    body, id = await read_record_body(request), request.match_info["id"]
    require_id(body.id, id)
    fields = await _completed(request, resource, body.fields, id if op == "patch" else None)
    edit = Edit(op, resource.collection.name, id, fields, preconditions_of(request))
    return await handle_edits(request, [edit], partial(_render, request, resource), body.received)


async def _completed(
    request: web.Request, resource: Resource, fields: bytes, patched_id: str | None
) -> bytes:
    if resource.complete is None:
        return fields
    user_id = user_of(request)
    async with read_transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        return await resource.complete(connection, user_id, fields, patched_id)


async def _render(
    request: web.Request,
    resource: Resource,
    connection: Connection,
    results: Sequence[EditResult],
) -> StoredResponse:
    """The response with the written record."""
    (result,) = results
    # A patch of a deleted record restores it: it is not created.
    created = result.before is None if request.method == "PATCH" else result.created
    representation = await represent(resource, connection, user_of(request), result.record)
    location = f"{resource.path}/{result.record.id}"
    headers = {"ETag": representation.etag, "Location": location}
    return StoredResponse(representation.text, 201 if created else 200, headers)


async def _render_deleted(
    _connection: Connection, _results: Sequence[EditResult]
) -> StoredResponse:
    return StoredResponse(status=204)
