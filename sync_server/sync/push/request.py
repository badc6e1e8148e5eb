"""The push's envelope: from bytes to changes, each of them usable or refused on its own."""

import re
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import orjson

from schema.ids import is_uuid
from sync_server.sync.engine.clock import MAX_CLOCK
from sync_server.web.body import check_depth
from sync_server.web.errors import InvalidRequest, MalformedJson

# An escaped backslash, a proper pair (both kept, as group 1), or half of one.
_SURROGATES = re.compile(
    rb"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_SMALL = 16_384
_OPS = ("put", "patch", "delete")

T = TypeVar("T")


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """One change as a device sent it; `data` is JSON text that nobody has looked at yet."""

    collection: str
    id: str
    op: str
    clock: int
    data: msgspec.Raw = msgspec.Raw()
    base_clock: int | None = None
    base_version: int | None = None


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """A push's body."""

    device_id: str
    changes: list[msgspec.Raw]
    schema_version: int | None = None
    sent_at: int | None = None
    atomic: bool = False
    base_cursor: str | None = None


class SyncBody(msgspec.Struct, forbid_unknown_fields=True):
    """A combined push and pull."""

    push: msgspec.Raw
    pull: msgspec.Raw = msgspec.Raw(b"{}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a change cannot be applied."""

    code: str
    detail: str
    errors: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A change whose envelope is not usable; collection and id are echoed as they came."""

    collection: object
    id: object
    refusal: Refusal


_envelope = msgspec.json.Decoder(Envelope)
_sync_body = msgspec.json.Decoder(SyncBody)
_change = msgspec.json.Decoder(Change)


def decode_envelope(body: bytes) -> Envelope:
    """The envelope of a push; raises InvalidRequest with errors by field, or MalformedJson."""
    envelope = _decode(_envelope, body)
    errors: dict[str, object] = {}
    if not is_uuid(envelope.device_id):
        errors["device_id"] = ["Not a UUID in canonical lower-case text."]
    if envelope.schema_version is not None and not 1 <= envelope.schema_version < 2**31:
        errors["schema_version"] = ["Must be a positive integer."]
    if envelope.sent_at is not None and not 1 <= envelope.sent_at <= MAX_CLOCK:
        errors["sent_at"] = ["Must be microseconds since the Unix epoch, below 2^53."]
    if errors:
        raise InvalidRequest(errors=errors)
    return envelope


def decode_sync_body(body: bytes) -> SyncBody:
    """The two parts of a combined request."""
    return _decode(_sync_body, body)


def data_size(raw: msgspec.Raw) -> int:
    """The bytes of a change's data, or of all of it when it is no proper change."""
    whole = len(memoryview(raw))
    if whole < _SMALL:
        return whole
    change = decode_change(raw)
    return whole if isinstance(change, Refused) else len(memoryview(change.data))


def _decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        check_depth(body)
        field, reason = _place(str(error))
        raise InvalidRequest(str(error), errors={field: [reason]}) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        check_depth(body)
        mended = _without_lone_surrogates(body)
        if mended != body:
            return _decode(decoder, mended)
        raise MalformedJson(f"The body is not JSON: {error}") from None
    except RecursionError:
        check_depth(body)
        raise MalformedJson("The body is not JSON.") from None


def _without_lone_surrogates(body: bytes) -> bytes:
    """The body with NUL for every escaped half of a character.

    Both are refused in any text, but only the half makes a parser refuse the body around it, and
    one bad record must not block the others.
    """
    return _SURROGATES.sub(lambda found: found.group(1) or b"\\u0000", body)


def _place(message: str) -> tuple[str, str]:
    reason, _, path = message.partition(" - at `$.")
    if path:
        return path.rstrip("`").partition("[")[0], reason
    named = re.search(r"field `(\w+)`", message)
    return (named.group(1) if named else "body"), reason


def decode_change(raw: bytes | msgspec.Raw) -> Change | Refused:
    """One change, checked but for its data."""
    try:
        change = _change.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _refused(bytes(raw), str(error))
    if not is_uuid(change.id):
        refusal = Refusal("invalid_id", "The id is not a UUID in canonical lower-case text.")
        return Refused(change.collection, change.id, refusal)
    if not 1 <= change.clock <= MAX_CLOCK:
        refusal = Refusal("invalid_clock", "A clock is at least 1 and below 2^53.")
        return Refused(change.collection, change.id, refusal)
    if change.op not in _OPS:
        refusal = Refusal("unknown_op", f"The op is one of {', '.join(_OPS)}.")
        return Refused(change.collection, change.id, refusal)
    return change


def _refused(raw: bytes, reason: str) -> Refused:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return Refused(None, None, Refusal("invalid_change", "The change is not JSON."))
    if not isinstance(value, dict):
        return Refused(None, None, Refusal("invalid_change", "A change is a JSON object."))
    field, message = _place(reason)
    code = {"id": "invalid_id", "clock": "invalid_clock", "op": "unknown_op"}.get(
        field, "invalid_change"
    )
    return Refused(
        value.get("collection"), value.get("id"), Refusal(code, reason, {field: [message]})
    )
