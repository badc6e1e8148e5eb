"""Writes of a resource: the body becomes one edit, the record the response."""

import secrets
import time
from functools import partial
from typing import Literal

from aiohttp import web

from schema.ids import new_id
from sync_server.rest.body import read_record_body
from sync_server.rest.resource import Resource
from sync_server.rest.write_response import render_deleted, render_record
from sync_server.sync.server_writes.edits import Edit
from sync_server.sync.server_writes.handle_edits import handle_edits
from sync_server.web.preconditions import preconditions_of


async def create_record(request: web.Request, resource: Resource) -> web.StreamResponse:
    """Create a record under the body's id or a new one.

    200 if its natural key exists, or the id with the same fields.
    """
    body = await read_record_body(request, resource)
    id = body.id or new_record_id()
    edit = Edit("put", resource.collection.name, id, body.fields, if_exists="forbid")
    return await handle_edits(
        request, [edit], partial(render_record, request, resource), body.received
    )


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
    return await handle_edits(request, [edit], render_deleted, b"")


def new_record_id() -> str:
    """A new record's id: UUIDv7, in the order of time."""
    return new_id(time.time_ns() // 1000, secrets.randbits(62))


async def _write(
    request: web.Request, resource: Resource, op: Literal["put", "patch"]
) -> web.StreamResponse:
    id = request.match_info["id"]
    body = await read_record_body(request, resource, id, patched=op == "patch")
    edit = Edit(op, resource.collection.name, id, body.fields, preconditions_of(request))
    return await handle_edits(
        request, [edit], partial(render_record, request, resource), body.received
    )
