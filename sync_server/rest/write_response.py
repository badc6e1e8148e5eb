"""Responses of a resource to writes, rendered before the records are written."""

from collections.abc import Sequence

from aiohttp import web

from sync_server.rest.resource import Resource, represent
from sync_server.store.fenced_reads import Reads
from sync_server.sync.server_writes.edits import EditResult
from sync_server.sync.stored_response import StoredResponse
from sync_server.web.identity import user_of


async def render_record(
    request: web.Request,
    resource: Resource,
    connection: Reads,
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


async def render_deleted(_connection: Reads, _results: Sequence[EditResult]) -> StoredResponse:
    """The response to a deletion: no content."""
    return StoredResponse(status=204)
