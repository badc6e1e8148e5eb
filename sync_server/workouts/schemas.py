"""Request body of a new workout: fields of the session, with nested sets."""

from typing import Any

import msgspec

from schema import COLLECTIONS
from schema.json_schema import put_schema
from sync_server.config.settings import Config
from sync_server.rest.body import check_size, decode_object, without_id
from sync_server.rest.writes import new_record_id
from sync_server.sync.schemas.records import ID
from sync_server.sync.server_writes.edits import Edit, nested
from sync_server.web.errors import InvalidRecord
from sync_server.web.openapi import NamedSchema

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list = msgspec.json.Decoder(list[msgspec.Raw])
_encode = msgspec.json.Encoder().encode

_GIVEN = {"session_id": "Of the session", "position": "The place in the list, unless given"}


def _new_set() -> dict[str, Any]:
    schema: dict[str, Any] = put_schema(COLLECTIONS["workout_sets"])
    required = [name for name in schema["required"] if name not in _GIVEN]
    properties = {"id": ID | {"description": "Client-generated, or absent"}} | schema["properties"]
    return schema | {"properties": properties, "required": required}


def _new_workout() -> dict[str, Any]:
    schema: dict[str, Any] = put_schema(COLLECTIONS["workout_sessions"])
    sets = {
        "type": "array",
        "items": NamedSchema("NewSetOfWorkout", _new_set()),
        "maxItems": 999,
        "description": "In the order of execution, which is the default of `position`",
    }
    id = ID | {"description": "Client-generated, or absent"}
    return schema | {"properties": {"id": id} | schema["properties"] | {"sets": sets}}


NEW_WORKOUT = NamedSchema("NewWorkout", _new_workout())
EXAMPLE = {
    "date": "2026-11-23",
    "name": "Push day",
    "started_at": "2026-11-23T18:00:00+08:00",
    "ended_at": "2026-11-23T19:02:00+08:00",
    "sets": [
        {"exercise_id": "0192f0c4-6f0e-7c4e-9a53-000000000003", "reps": 5, "weight_kg": 100.0},
        {"exercise_id": "0192f0c4-6f0e-7c4e-9a53-000000000003", "reps": 5, "weight_kg": 100.0},
    ],
}


def edits_of(body: bytes, config: Config) -> list[Edit]:
    """Edits of the session and of its sets, each with its own id or a new one.

    Raises MalformedJson, NestingTooDeep, InvalidRequest, InvalidRecord or RecordTooLarge.
    """
    decode_object(body, config.json_max_depth)
    members = _members.decode(body)
    raw_sets = _sets(members.pop("sets", msgspec.Raw(b"[]")))
    data, id = without_id(_encode(members))
    check_size(data, config.record_max_bytes)
    session = Edit("put", "workout_sessions", id or new_record_id(), data, if_exists="forbid")
    sets: dict[str, Edit] = {}
    for place, raw in enumerate(raw_sets):
        within = ("sets", str(place))
        check_size(raw, config.record_max_bytes)
        data, id = without_id(_within_session(raw, session.id, place), within)
        if id in sets:
            raise InvalidRecord("Not valid: sets.", errors=nested({"id": ["Given twice."]}, within))
        id = id or new_record_id()
        sets[id] = Edit("put", "workout_sets", id, data, if_exists="forbid", within=within)
    return [session, *sets.values()]


def _sets(raw: msgspec.Raw) -> list[msgspec.Raw]:
    try:
        return _list.decode(raw)
    except msgspec.ValidationError:
        raise InvalidRecord("Not valid: sets.", errors={"sets": ["Not a list."]}) from None


def _within_session(raw: msgspec.Raw, session_id: str, place: int) -> bytes:
    """Fields of a set with the session's id, and its index as the default position."""
    try:
        members = _members.decode(raw)
    except msgspec.ValidationError:
        words = {"sets": {str(place): ["Not a JSON object."]}}
        raise InvalidRecord("Not valid: sets.", errors=words) from None
    own = _encode(session_id)
    if bytes(members.setdefault("session_id", msgspec.Raw(own))) != own:
        wrong = {"sets": {str(place): {"session_id": ["Is not this session's."]}}}
        raise InvalidRecord("Not valid: sets.", errors=wrong)
    members.setdefault("position", msgspec.Raw(_encode(place)))
    return _encode(members)
