"""Bodies of workouts, read into edits of the session and of its sets; pure."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
import orjson

from schema.ids import Json, derived_id
from schema.workouts import MAX_POSITION
from sync_server.config.settings import Config
from sync_server.rest.body import check_size, decode_object, without_id
from sync_server.rest.writes import new_record_id
from sync_server.sync.engine.records import StoredRecord
from sync_server.sync.server_writes.edits import Edit, nested
from sync_server.web.errors import InvalidRecord

Members = dict[str, msgspec.Raw]
"""Fields as JSON text, by name."""

_members = msgspec.json.Decoder(Members)
_list = msgspec.json.Decoder(list[msgspec.Raw])
_Position = Annotated[int, msgspec.Meta(ge=0, le=MAX_POSITION)]
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class SetOfBody:
    """A set of a body, with the id that it names; `within` is its path in the body."""

    members: Members
    id: str | None
    within: tuple[str, str]

    @property
    def position(self) -> int | None:
        """Position that the body names, None if it is absent or invalid."""
        try:
            position: int = msgspec.json.decode(self.members["position"], type=_Position)
        except (KeyError, msgspec.DecodeError):
            return None
        return position

    def edit(
        self,
        op: Literal["put", "patch"],
        session_id: str,
        defaults: Mapping[str, Json],
        if_exists: Literal["overwrite", "forbid"] = "overwrite",
        default_id: str | None = None,
    ) -> Edit:
        """Edit of the set; raises InvalidRecord if it names another session.

        `defaults` are fields that it has unless the body names them; without an id of its own it
        gets `default_id` or a new one.
        """
        own = self.members.get("session_id")
        if own is not None and bytes(own) != _encode(session_id):
            errors = nested({"session_id": ["Is not this session's."]}, self.within)
            raise InvalidRecord("Not valid: sets.", errors=errors)
        id = self.id or default_id or new_record_id()
        data = _encode({**defaults, **self.members})
        return Edit(op, "workout_sets", id, data, if_exists=if_exists, within=self.within)


@dataclass(frozen=True, slots=True)
class WorkoutBody:
    """A workout: the fields of the session as JSON text, its id if the body has one, its sets."""

    fields: bytes
    id: str | None
    sets: list[SetOfBody]


def read_workout(body: bytes, config: Config) -> WorkoutBody:
    """Workout of a body.

    Raises MalformedJson, NestingTooDeep, InvalidRequest, InvalidRecord or RecordTooLarge.
    """
    decode_object(body, config.sync.json_max_depth)
    members = _members.decode(body)
    raw_sets = _decode_list(members.pop("sets", msgspec.Raw(b"[]")))
    fields, id = without_id(_encode(members))
    check_size(fields, config.sync.record_max_bytes)
    sets: list[SetOfBody] = []
    ids: set[str] = set()
    for place, raw in enumerate(raw_sets):
        check_size(raw, config.sync.record_max_bytes)
        sets.append(_read_set(raw, ("sets", str(place)), ids))
    return WorkoutBody(fields, id, sets)


def new_workout(workout: WorkoutBody) -> list[Edit]:
    """Edits that create the session and its sets; the place in the list is the position.

    The ids of sets are derived where the body has none, so that a repeat names the same sets.
    """
    session_id = workout.id or new_record_id()
    session = Edit("put", "workout_sessions", session_id, workout.fields, if_exists="forbid")
    sets = [
        sent.edit(
            "put",
            session_id,
            {"session_id": session_id, "position": place},
            "forbid",
            derived_id("workout_sets", session_id, ["create", str(place)]),
        )
        for place, sent in enumerate(workout.sets)
    ]
    return [session, *sets]


def changed_sets(
    op: Literal["put", "patch"],
    session_id: str,
    sets: list[SetOfBody],
    stored: Mapping[str, StoredRecord],
) -> list[Edit]:
    """Edits that write the sets of a body by their ids.

    `stored` has the session's live sets and those that the body names, by id. Without a position a
    set keeps its own, and a new one comes after all others. A patch of a set that is not stored
    creates it, so it must be whole.
    """
    data_by_id = {id: orjson.loads(it.data) for id, it in stored.items()}
    # The tombstone of a set that never existed has no data.
    known: dict[str, Mapping[str, Any]] = {id: data for id, data in data_by_id.items() if data}
    own = {id: data for id, data in known.items() if data.get("session_id") == session_id}
    taken = [data["position"] for id, data in own.items() if stored[id].live]
    given = [position for it in sets if (position := it.position) is not None]
    following = itertools.count(max([-1, *taken, *given]) + 1)
    edits = []
    for sent in sets:
        id = sent.id or ""
        if op == "patch" and id in own:
            defaults: dict[str, Json] = {}
        else:
            position = own[id]["position"] if id in own else None
            if position is None and "position" not in sent.members:
                position = min(next(following), MAX_POSITION)
            defaults = {"session_id": session_id, "position": position}
        edits.append(sent.edit(op if id in known else "put", session_id, defaults))
    return edits


def _read_set(raw: msgspec.Raw, within: tuple[str, str], ids: set[str]) -> SetOfBody:
    try:
        members = _members.decode(raw)
    except msgspec.ValidationError:
        errors = nested({within[1]: ["Not a JSON object."]}, within[:1])
        raise InvalidRecord("Not valid: sets.", errors=errors) from None
    _, id = without_id(raw, within)
    members.pop("id", None)
    if id in ids:
        raise InvalidRecord("Not valid: sets.", errors=nested({"id": ["Given twice."]}, within))
    if id is not None:
        ids.add(id)
    return SetOfBody(members, id, within)


def _decode_list(raw: msgspec.Raw) -> list[msgspec.Raw]:
    try:
        return _list.decode(raw)
    except msgspec.ValidationError:
        raise InvalidRecord("Not valid: sets.", errors={"sets": ["Not a list."]}) from None
