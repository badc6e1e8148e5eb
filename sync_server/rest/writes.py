"""The writes of a resource: a request's body becomes one edit, and the record its answer."""

import secrets
import time
from collections.abc import Sequence
from typing import Literal

from aiohttp import web

from schema.ids import new_id
from sync_server.config.settings import CONFIG
from sync_server.rest.body import fields_of, read_record_body, without_id
from sync_server.rest.resource import Resource, told
from sync_server.store.postgres import POOL, Connection, read_transaction
from sync_server.sync.server_writes.edits import Edit, EditResult, RenderResponse
from sync_server.sync.server_writes.handle_edits import handle_edits
from sync_server.sync.stored_response import StoredResponse
from sync_server.web.identity import user_of
from sync_server.web.preconditions import preconditions_of


async def create(request: web.Request, resource: Resource) -> web.StreamResponse:
    """A new record, under the id that the body names or a new one; 200 if its key was there."""
    body = await read_record_body(request)
    data, id = without_id(body)
    data = await _filled(request, resource, data)
    edit = Edit("put", resource.collection.name, id or fresh_id(), data, if_exists="forbid")
    return await handle_edits(request, [edit], _tell(request, resource), body)


async def replace(request: web.Request, resource: Resource) -> web.StreamResponse:
    """The record as a whole, whether it was there or not."""
    return await _write(request, resource, "put")


async def change(request: web.Request, resource: Resource) -> web.StreamResponse:
    """Some of a record's fields; what makes a whole record makes one."""
    return await _write(request, resource, "patch")


async def remove(request: web.Request, resource: Resource) -> web.StreamResponse:
    """A tombstone in the record's place."""
    id, preconditions = request.match_info["id"], preconditions_of(request)
    name = resource.collection.name
    edit = Edit("delete", name, id, preconditions=preconditions, if_exists="require")
    return await handle_edits(request, [edit], _gone, b"")


def fresh_id() -> str:
    """A new record's id, in the order of time."""
    return new_id(time.time_ns() // 1000, secrets.randbits(62))


async def _write(
    request: web.Request, resource: Resource, op: Literal["put", "patch"]
) -> web.StreamResponse:
    body, id = await read_record_body(request), request.match_info["id"]
    data = await _filled(request, resource, fields_of(body, id))
    edit = Edit(op, resource.collection.name, id, data, preconditions_of(request))
    return await handle_edits(request, [edit], _tell(request, resource), body)


async def _filled(request: web.Request, resource: Resource, data: bytes) -> bytes:
    if resource.fill is None:
        return data
    user_id = user_of(request)
    async with read_transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        return await resource.fill(connection, user_id, data)


def _tell(request: web.Request, resource: Resource) -> RenderResponse:
    user_id = user_of(request)

    async def tell(connection: Connection, edited: Sequence[EditResult]) -> StoredResponse:
        record, before = edited[0].record, edited[0].before
        # A patch of what was deleted brings it back rather than making it.
        made = edited[0].created if request.method != "PATCH" else before is None
        found = await told(resource, connection, user_id, record)
        headers = {"ETag": found.etag, "Location": f"{resource.path}/{record.id}"}
        return StoredResponse(found.text, 201 if made else 200, headers)

    return tell


async def _gone(_connection: Connection, _edited: Sequence[EditResult]) -> StoredResponse:
    return StoredResponse(status=204)
