"""Push requests: from bytes to an envelope within the limits."""

import re
from dataclasses import dataclass
from typing import Annotated, TypeVar

import msgspec

from schema.ids import UserId, is_uuid
from sync_server.config.settings import Config
from sync_server.sync.engine.changes import InvalidChange
from sync_server.sync.engine.clock import MAX_CLOCK, MIN_CLOCK
from sync_server.sync.engine.cursor import Cursor, MalformedCursor, decode_cursor
from sync_server.sync.push.change import decode_change, field_and_reason
from sync_server.sync.schemas.requests import MAX_BUDGET_MS, MIN_BUDGET_BYTES
from sync_server.web.body import check_depth
from sync_server.web.errors import (
    InvalidCursor,
    InvalidRequest,
    MalformedJson,
    RecordTooLarge,
    TooManyChanges,
)
from sync_server.web.idempotency import IdempotencyKey

# An escaped backslash or a surrogate pair (group 1, unchanged), or a lone surrogate.
_SURROGATES = re.compile(
    rb"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_SMALL_CHANGE = 16_384
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

T = TypeVar("T")


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a push; each change is decoded alone, so that one fault rejects one change."""

    device_id: str
    changes: list[msgspec.Raw]
    schema_version: int | None = None
    sent_at: int | None = None
    atomic: bool = False
    base_cursor: str | None = None


class SyncBody(msgspec.Struct, forbid_unknown_fields=True):
    """A combined push and pull, with the budget of its response."""

    push: msgspec.Raw
    pull: msgspec.Raw = msgspec.Raw(b"{}")
    budget_ms: Annotated[int, msgspec.Meta(ge=1, le=MAX_BUDGET_MS)] | None = None
    budget_bytes: Annotated[int, msgspec.Meta(ge=MIN_BUDGET_BYTES, le=2**31 - 1)] | None = None


@dataclass(frozen=True, slots=True)
class PushRequest:
    """A push whose envelope is valid; `body` is the text it was read from.

    Without a `key` its response is not stored. A clock below `min_clock` is an error.
    """

    user_id: UserId
    key: IdempotencyKey | None
    body: bytes
    envelope: Envelope
    cursor: Cursor | None
    now_us: int
    sent_at: int | None
    min_clock: int = MIN_CLOCK
    session_id: str | None = None


_envelope = msgspec.json.Decoder(Envelope)
_sync_body = msgspec.json.Decoder(SyncBody)


def read_push(
    user_id: UserId,
    key: IdempotencyKey | None,
    body: bytes,
    config: Config,
    now_us: int,
    sent_at: int | None = None,
    min_clock: int = MIN_CLOCK,
    session_id: str | None = None,
) -> PushRequest:
    """Read a push and check it against the limits.

    `sent_at` is the header's time of sending, which takes precedence over the body's. Raises
    InvalidRequest, MalformedJson, TooManyChanges, RecordTooLarge or InvalidCursor.
    """
    envelope = decode_envelope(body)
    if len(envelope.changes) > config.sync.push_max_changes:
        raise TooManyChanges(f"A push carries at most {config.sync.push_max_changes} changes.")
    for index, change in enumerate(envelope.changes):
        if data_size(change) > config.sync.record_max_bytes:
            reason = f"A record is at most {config.sync.record_max_bytes} bytes."
            raise RecordTooLarge(reason, errors={"changes": {str(index): [reason]}})
    cursor = None
    if envelope.base_cursor:
        try:
            cursor = decode_cursor(envelope.base_cursor, user_id)
        except MalformedCursor as error:
            raise InvalidCursor(str(error)) from None
    sent_at = envelope.sent_at if sent_at is None else sent_at
    return PushRequest(user_id, key, body, envelope, cursor, now_us, sent_at, min_clock, session_id)


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


def is_envelope(body: bytes) -> bool:
    """True if the body can be decoded as a push; its fields may be invalid still."""
    return _can_decode(_envelope, body)


def is_sync_body(body: bytes) -> bool:
    """True if the body and its push can be decoded."""
    try:
        parts = _sync_body.decode(body)
    except _UNDECODABLE:
        return False
    return is_envelope(bytes(parts.push))


def repaired(body: bytes) -> bytes:
    """The body; with NUL for lone surrogates if it cannot be decoded as it is."""
    return body if is_envelope(body) or is_sync_body(body) else _without_lone_surrogates(body)


def _can_decode(decoder: msgspec.json.Decoder[T], body: bytes) -> bool:
    try:
        decoder.decode(body)
    except _UNDECODABLE:
        return False
    return True


def data_size(raw: msgspec.Raw) -> int:
    """Size in bytes of a change's data, or of the whole change when it is invalid."""
    size = len(memoryview(raw))
    if size < _SMALL_CHANGE:
        return size
    change = decode_change(raw)
    return size if isinstance(change, InvalidChange) else len(memoryview(change.data))


def _decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        check_depth(body)
        field, reason = field_and_reason(str(error))
        raise InvalidRequest(str(error), errors={field: [reason]}) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        check_depth(body)
        repaired = _without_lone_surrogates(body)
        if repaired != body:
            return _decode(decoder, repaired)
        raise MalformedJson(f"The body is not JSON: {error}") from None
    except RecursionError:
        check_depth(body)
        raise MalformedJson("The body is not JSON.") from None


def _without_lone_surrogates(body: bytes) -> bytes:
    """The body with NUL for every escaped lone surrogate.

    Validation rejects both, but only the surrogate makes the parser reject the whole body, and
    one bad record must not block the others.
    """
    return _SURROGATES.sub(lambda match: match.group(1) or b"\\u0000", body)
