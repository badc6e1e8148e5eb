"""Writing on the user's behalf: one push, made by the server, of what a plain request asks for.

The same validation, merge, versions and lock as any push; so it appears in pulls like one. What is
particular: the server gives the clock, so that the write wins over what is stored, and a request
is taken whole or not at all.
"""

import itertools
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from schema import SCHEMA_VERSION
from schema.ids import ROOT_NAMESPACE, UserId
from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, Pool
from sync_server.sync.engine.batch import RecordKey, decide, keys_of
from sync_server.sync.engine.clock import Stamp
from sync_server.sync.engine.resolve import Stored
from sync_server.sync.push.commit import Answer, Push, write
from sync_server.sync.push.request import Change, Envelope, Refusal, Refused
from sync_server.sync.push.response import Result
from sync_server.sync.push.user_lock import Held, holding, read_held
from sync_server.sync.push.validation import Batch, Prepared, prepare
from sync_server.sync.stored_response import Reply
from sync_server.web.errors import (
    ApiError,
    IncompleteGroup,
    InvalidRecord,
    NaturalKeyChange,
    NotFound,
    PreconditionFailed,
    RecordExists,
)
from sync_server.web.preconditions import NO_PRECONDITIONS, Preconditions

SERVER_DEVICE = str(uuid.uuid5(ROOT_NAMESPACE, "device.server"))
"""The `device_id` of all that the server writes: one for everybody, so that devices know it."""

_REFUSALS: dict[str, type[ApiError]] = {
    error.code: error for error in (InvalidRecord, IncompleteGroup, NaturalKeyChange)
} | {"unknown_record": NotFound}


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that a request asks for. `data` is a JSON object as text.

    `live` says what is made of a record that is there and no tombstone: it "may" be there, it
    "must" (or NotFound), it "must_not" (or RecordExists, unless its natural key was met), or it
    "stays" as it is, and the edit is only for one that is missing. `within` is where in the
    request the fields are.
    """

    op: Literal["put", "patch", "delete"]
    collection: str
    id: str
    data: bytes = b""
    preconditions: Preconditions = NO_PRECONDITIONS
    live: Literal["may", "must", "must_not", "stays"] = "may"
    within: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """A record as the edit left it, and as it was before, be it a tombstone."""

    record: Stored
    before: Stored | None

    @property
    def created(self) -> bool:
        """Whether there was no live record before."""
        return self.before is None or self.before.deleted


Tell = Callable[[Connection, Sequence[Edited]], Awaitable[Reply]]
"""Makes the answer, inside the transaction, just before the records are written."""


@dataclass(frozen=True, slots=True)
class Request:
    """Edits of one user that are made together, under a key when there is one."""

    user_id: UserId
    edits: Sequence[Edit]
    now_us: int
    key: str | None = None
    fingerprint: bytes = b""


async def write_edits(pool: Pool, config: Config, request: Request, tell: Tell) -> Answer:
    """Make the edits, or find the answer that they had before: a packed Reply.

    Raises InvalidRecord and its like, PreconditionFailed, NotFound, IdempotencyKeyReused or
    AccountDeleted; then nothing is written, and nothing kept under the key.
    """
    batch = Batch(request.user_id, SERVER_DEVICE, SCHEMA_VERSION, shift=0, now_us=request.now_us)
    changes = [_prepared(edit, batch) for edit in request.edits]

    async def act(connection: Connection) -> Answer:
        return await _transact(connection, request, batch, changes, tell)

    return await holding(pool, config, request.user_id, act)


def _prepared(edit: Edit, batch: Batch) -> Prepared:
    data = msgspec.Raw(edit.data)
    change = prepare(Change(edit.collection, edit.id, edit.op, batch.now_us, data), batch)
    if isinstance(change, Refused):
        raise _error(change.refusal, edit)
    return change


async def _transact(
    connection: Connection, request: Request, batch: Batch, changes: list[Prepared], tell: Tell
) -> Answer:
    user_id, key, fingerprint = request.user_id, request.key, request.fingerprint
    held = await read_held(connection, user_id, batch.device_id, key, fingerprint, keys_of(changes))
    if held.answer is not None:
        return Answer(fingerprint, held.answer, held.version, replayed=True)
    befores = [_before(change, held.stored) for change in changes]
    for edit, change, before in zip(request.edits, changes, befores, strict=True):
        _check(edit, change, before)
    clocks = itertools.count(_first_clock(held, batch))
    written = {
        place: change._replace(stamp=Stamp(next(clocks), batch.device_id))
        for place, change in enumerate(changes)
        if not (request.edits[place].live == "stays" and _live(befores[place]))
    }
    decided = decide(list(written.values()), held.stored, batch, held.version, atomic=False)
    records: list[Stored | None] = list(befores)
    for place, result in zip(written, decided.results, strict=True):
        records[place] = _record(result, request.edits[place])
    edited = [
        Edited(record, before) for record, before in zip(records, befores, strict=True) if record
    ]
    reply = await tell(connection, edited)
    changed, envelope = bool(decided.records), Envelope(SERVER_DEVICE, [])
    answer = Answer(
        fingerprint, reply.packed(), decided.version, changed=changed, status=reply.status
    )
    pushed = Push(user_id, key, fingerprint, envelope, None, request.now_us)
    await write(connection, pushed, decided, answer)
    return answer


def _before(change: Prepared, stored: dict[RecordKey, Stored]) -> Stored | None:
    name = change.collection.name
    found = stored.get((name, change.id))
    if found is None and change.fallback_id:
        found = stored.get((name, change.fallback_id))
    return found


def _live(record: Stored | None) -> bool:
    return record is not None and not record.deleted


def _check(edit: Edit, change: Prepared, before: Stored | None) -> None:
    version = before.version if before and not before.deleted else None
    if edit.live == "must" and version is None:
        raise NotFound
    if not edit.preconditions.hold(version):
        raise PreconditionFailed
    if edit.live == "must_not" and before and version is not None:
        key = change.collection.key_parts(msgspec.json.decode(before.data))
        if key is None:
            raise RecordExists


def _first_clock(held: Held, batch: Batch) -> int:
    """A clock that wins over all that is stored."""
    newest = max((stored.clock for stored in held.stored.values()), default=0)
    return max(batch.now_us, newest + 1)


def _record(result: Result, edit: Edit) -> Stored:
    if result.outcome.refusal is not None:
        raise _error(result.outcome.refusal, edit)
    assert result.outcome.record is not None
    return result.outcome.record


def _error(refusal: Refusal, edit: Edit) -> ApiError:
    errors = nested(refusal.errors, edit.within) if refusal.errors else None
    return _REFUSALS.get(refusal.code, InvalidRecord)(refusal.detail, errors=errors)


def nested(errors: Mapping[str, object], within: Sequence[str]) -> Mapping[str, object]:
    """The errors under the names that lead to them."""
    for name in reversed(within):
        errors = {name: errors}
    return errors
