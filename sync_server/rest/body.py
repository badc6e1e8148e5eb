"""Bodies that carry a record's fields: the text that is written, and the id where one is given."""

from collections.abc import Sequence

import msgspec
from aiohttp import web

from schema.ids import is_uuid
from sync_server.config.settings import CONFIG
from sync_server.sync.server_writes.edits import nested
from sync_server.web.body import decode_json, read_body
from sync_server.web.errors import InvalidRecord, InvalidRequest, RecordTooLarge

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encode = msgspec.json.Encoder().encode


async def read_record_body(request: web.Request) -> bytes:
    """The body, a JSON object within the limits of a record."""
    config = request.app[CONFIG]
    body = await read_body(request, config.push_max_bytes)
    check_size(body, config.record_max_bytes)
    check_object(body, config.json_max_depth)
    return body


def check_size(data: bytes | msgspec.Raw, limit: int) -> None:
    """Raise RecordTooLarge past the limit."""
    if len(memoryview(data)) > limit:
        raise RecordTooLarge(f"A record is at most {limit} bytes.")


def check_object(body: bytes, depth: int) -> None:
    """Raise MalformedJson, NestingTooDeep or InvalidRequest unless it is a JSON object."""
    if not isinstance(decode_json(body, depth), dict):
        raise InvalidRequest("The body is not a JSON object.")


def without_id(body: bytes | msgspec.Raw, within: Sequence[str] = ()) -> tuple[bytes, str | None]:
    """The fields as they came, and the id besides them; raises InvalidRecord.

    `within` is where in the request the fields are.
    """
    if b'"id"' not in bytes(body):
        return bytes(body), None
    members = _members.decode(body)
    raw = members.pop("id", None)
    if raw is None:
        return bytes(body), None
    id = msgspec.json.decode(raw)
    if not is_uuid(id):
        words = "Not a UUID in canonical lower-case text."
        raise InvalidRecord("Not valid: id.", errors=nested({"id": [words]}, within))
    return _encode(members), id


def fields_of(body: bytes, id: str) -> bytes:
    """The fields for the record at `id`; raises InvalidRecord when they name another."""
    data, named = without_id(body)
    if named not in (None, id):
        raise InvalidRecord("Not valid: id.", errors={"id": ["Is not the one of the path."]})
    return data
