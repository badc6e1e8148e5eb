"""Request bodies that carry a record's fields, and optionally its id."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from aiohttp import web

from schema.ids import is_uuid
from sync_server.config.settings import CONFIG
from sync_server.rest.resource import Resource
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import POOL
from sync_server.sync.server_writes.edits import nested
from sync_server.web.body import decode_json, read_body
from sync_server.web.errors import InvalidRecord, InvalidRequest, RecordTooLarge
from sync_server.web.identity import user_of

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class RecordBody:
    """A body as received, the fields in it as JSON text, and the id beside them."""

    received: bytes
    fields: bytes
    id: str | None


async def read_record_body(
    request: web.Request, resource: Resource, id: str | None = None, *, patched: bool = False
) -> RecordBody:
    """Read a body, a JSON object within the limits of a record, and complete its fields.

    Raises InvalidRecord if it carries another id than the path's.
    """
    config = request.app[CONFIG]
    body = await read_body(request, config.sync.push_max_bytes)
    check_size(body, config.sync.record_max_bytes)
    members = decode_object(body, config.sync.json_max_depth)
    fields, own_id = without_id(body) if "id" in members else (body, None)
    if id is not None:
        require_id(own_id, id)
    if resource.complete is not None:
        pool, user_id = request.app[POOL], user_of(request)
        async with read_rows(pool, config, user_id) as connection:
            fields = await resource.complete(connection, user_id, fields, id if patched else None)
    return RecordBody(body, fields, own_id)


def check_size(data: bytes | msgspec.Raw, limit: int) -> None:
    """Raise RecordTooLarge past the limit."""
    if len(memoryview(data)) > limit:
        raise RecordTooLarge(f"A record is at most {limit} bytes.")


def decode_object(body: bytes, depth: int) -> dict[str, object]:
    """A JSON object; raises MalformedJson, NestingTooDeep or InvalidRequest."""
    value = decode_json(body, depth)
    if not isinstance(value, dict):
        raise InvalidRequest("The body is not a JSON object.")
    return value


def without_id(data: bytes | msgspec.Raw, within: Sequence[str] = ()) -> tuple[bytes, str | None]:
    """The fields without the id, as JSON text, and the id; raises InvalidRecord.

    `within` is the path of the fields in the request, for errors.
    """
    if b'"id"' not in bytes(data):
        return bytes(data), None
    members = _members.decode(data)
    raw = members.pop("id", None)
    if raw is None:
        return bytes(data), None
    id = msgspec.json.decode(raw)
    if not is_uuid(id):
        message = "Not a UUID in canonical lower-case text."
        raise InvalidRecord("Not valid: id.", errors=nested({"id": [message]}, within))
    return _encode(members), id


def require_id(own_id: str | None, id: str) -> None:
    """Raise InvalidRecord when a body's id is not the path's."""
    if own_id not in (None, id):
        raise InvalidRecord("Not valid: id.", errors={"id": ["Is not the one of the path."]})
