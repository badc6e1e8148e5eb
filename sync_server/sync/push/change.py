"""Changes of a push, decoded one by one: each is valid or rejected alone."""

import re

import msgspec
import orjson

from schema.ids import is_uuid
from sync_server.sync.engine.changes import Change, InvalidChange, Rejection
from sync_server.sync.engine.clock import MAX_CLOCK
from sync_server.sync.push.offers import OP, decode_offer, is_offer

WRONG_UNIT = Rejection(
    "invalid_clock_unit",
    "A clock is an integer: microseconds since the Unix epoch, not seconds or milliseconds.",
)
_OPS = ("put", "patch", "delete")
_change = msgspec.json.Decoder(Change)


def decode_change(raw: bytes | msgspec.Raw, min_clock: int = 1) -> Change | InvalidChange:
    """One change, validated except for its data."""
    try:
        change = _change.decode(raw)
        if change.op == OP:
            return decode_offer(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _offer(raw) if is_offer(raw) else _invalid_change(bytes(raw), str(error))
    if not is_uuid(change.id):
        rejection = Rejection("invalid_id", "The id is not a UUID in canonical lower-case text.")
        return InvalidChange(change.collection, change.id, rejection)
    if change.clock < min_clock:
        return InvalidChange(change.collection, change.id, WRONG_UNIT)
    if change.clock > MAX_CLOCK:
        rejection = Rejection("invalid_clock", "A clock is below 2^53.")
        return InvalidChange(change.collection, change.id, rejection)
    if change.op not in _OPS:
        rejection = Rejection("unknown_op", f"The op is one of {', '.join(_OPS)}, {OP}.")
        return InvalidChange(change.collection, change.id, rejection)
    return change


def _offer(raw: bytes | msgspec.Raw) -> Change | InvalidChange:
    try:
        return decode_offer(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _invalid_change(bytes(raw), str(error))


def _invalid_change(raw: bytes, reason: str) -> InvalidChange:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return InvalidChange(None, None, Rejection("invalid_change", "The change is not JSON."))
    if not isinstance(value, dict):
        return InvalidChange(None, None, Rejection("invalid_change", "A change is a JSON object."))
    field, message = field_and_reason(reason)
    if field == "clock" and "out of range" not in message:
        return InvalidChange(value.get("collection"), value.get("id"), WRONG_UNIT)
    code = {"id": "invalid_id", "clock": "invalid_clock", "op": "unknown_op"}.get(
        field, "invalid_change"
    )
    return InvalidChange(
        value.get("collection"), value.get("id"), Rejection(code, reason, {field: [message]})
    )


def field_and_reason(message: str) -> tuple[str, str]:
    """The field that a message of msgspec names, and the reason in it."""
    reason, _, path = message.partition(" - at `$.")
    if path:
        return path.rstrip("`").partition("[")[0], reason
    named = re.search(r"field `(\w+)`", message)
    return (named.group(1) if named else "body"), reason
