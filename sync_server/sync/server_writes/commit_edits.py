"""The commit of edits: one batch, written by the server, with the merge and the lock of a push.

Its records appear in pulls like those of any push. Two things are particular: the server sets the
clock, so that the write wins over the stored record, and one rejected edit applies nothing.
"""

import itertools
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import orjson

from schema import SCHEMA_VERSION
from schema.ids import ROOT_NAMESPACE
from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, Pool
from sync_server.sync.engine.batch import BatchResult, resolve_batch
from sync_server.sync.engine.changes import (
    BatchContext,
    Change,
    InvalidChange,
    Rejection,
    ValidChange,
)
from sync_server.sync.engine.clock import Stamp
from sync_server.sync.engine.natural_keys import find_record
from sync_server.sync.engine.records import StoredRecord
from sync_server.sync.push.commit import RejectedChange
from sync_server.sync.push.snapshot import PushSnapshot
from sync_server.sync.push.transaction import run_transaction
from sync_server.sync.push.validation import validate
from sync_server.sync.server_writes.edits import Edit, EditResult, RenderResponse, nested
from sync_server.sync.stored_response import StoredResponse, WriteResult
from sync_server.web.errors import (
    ApiError,
    IncompleteGroup,
    InvalidRecord,
    NaturalKeyChange,
    NotFound,
    PreconditionFailed,
    RecordExists,
)
from sync_server.web.idempotency import IdempotencyKey
from sync_server.web.identity import Identity

SERVER_DEVICE = str(uuid.uuid5(ROOT_NAMESPACE, "device.server"))
"""The `device_id` of every server write: the same for all users, so that devices recognize it."""

_ERRORS: dict[str, type[ApiError]] = {
    error.code: error for error in (InvalidRecord, IncompleteGroup, NaturalKeyChange)
} | {"unknown_record": NotFound}


async def commit_edits(
    pool: Pool,
    config: Config,
    identity: Identity,
    edits: Sequence[Edit],
    render: RenderResponse,
    key: IdempotencyKey | None,
    now_us: int,
) -> WriteResult:
    """Commit the edits, or find the response that the key already has.

    Raises InvalidRecord and its like, PreconditionFailed, NotFound, IdempotencyKeyReused or
    AccountDeleted; then nothing is written, and nothing is stored under the key.
    """
    context = BatchContext(
        identity.user_id,
        SERVER_DEVICE,
        SCHEMA_VERSION,
        now_us,
        session_id=identity.family_id,
    )
    changes = [_validated(edit, context) for edit in edits]
    return await run_transaction(pool, config, _EditBatch(edits, changes, context, key, render))


def _validated(edit: Edit, context: BatchContext) -> ValidChange:
    data = msgspec.Raw(edit.data)
    change = validate(Change(edit.collection, edit.id, edit.op, context.now_us, data), context)
    if isinstance(change, InvalidChange):
        raise _error(change.rejection, edit)
    return change


@dataclass(frozen=True, slots=True)
class _EditBatch:
    """The edits of a request with their changes: a BatchWrite."""

    edits: Sequence[Edit]
    changes: list[ValidChange]
    context: BatchContext
    key: IdempotencyKey | None
    render_response: RenderResponse

    @property
    def needs_lock(self) -> bool:
        # The response of some routes is rendered from other rows of the same transaction.
        return True

    def resolve(self, snapshot: PushSnapshot) -> BatchResult:
        steps = list(self._steps(snapshot))
        for edit, change, before in steps:
            _check(edit, change, before)
        clocks = itertools.count(_first_clock(snapshot, self.context))
        changes = [
            change._replace(stamp=Stamp(next(clocks), self.context.device_id))
            for edit, change, before in steps
            if not _skipped(edit, change, before)
        ]
        return resolve_batch(changes, snapshot.working_set(), self.context, atomic=False)

    async def render(
        self, connection: Connection, snapshot: PushSnapshot, batch: BatchResult
    ) -> StoredResponse:
        resolutions = iter(result.resolution for result in batch.results)
        results = []
        for edit, change, before in self._steps(snapshot):
            record = before
            if not _skipped(edit, change, before):
                resolution = next(resolutions)
                if resolution.rejection is not None:
                    raise _error(resolution.rejection, edit)
                record = resolution.record
            assert record is not None
            results.append(EditResult(record, before))
        return await self.render_response(connection, results)

    def rejected(self, _batch: BatchResult) -> Iterator[RejectedChange]:
        return iter(())  # a rejected edit is the request's error instead

    def _steps(
        self, snapshot: PushSnapshot
    ) -> Iterator[tuple[Edit, ValidChange, StoredRecord | None]]:
        """Each edit with its change and the record that is stored."""
        working = snapshot.working_set()
        for edit, change in zip(self.edits, self.changes, strict=True):
            yield edit, change, find_record(change, working)


def _skipped(edit: Edit, change: ValidChange, before: StoredRecord | None) -> bool:
    """True if nothing is to be written: a record that is created again is as it is."""
    if before is None or before.deleted:
        return False
    return edit.if_exists == "skip" or (edit.if_exists == "forbid" and _is_same(change, before))


def _is_same(change: ValidChange, before: StoredRecord) -> bool:
    registers = change.writes.registers.values()
    fields = {name: value for members in registers for name, value in members.items()}
    same: bool = fields == orjson.loads(before.data)
    return same


def _check(edit: Edit, change: ValidChange, before: StoredRecord | None) -> None:
    version = before.version if before and before.live else None
    if edit.if_exists == "require" and version is None:
        raise NotFound
    if not edit.preconditions.hold(version):
        raise PreconditionFailed
    if edit.if_exists == "forbid" and before and version is not None:
        if _is_same(change, before):
            return
        key = change.collection.key_parts(msgspec.json.decode(before.data))
        if key is None:
            raise RecordExists


def _first_clock(snapshot: PushSnapshot, context: BatchContext) -> int:
    """A clock that is greater than all stored ones."""
    newest = max((record.clock for record in snapshot.stored.values()), default=0)
    return max(context.now_us, newest + 1)


def _error(rejection: Rejection, edit: Edit) -> ApiError:
    errors = nested(rejection.errors, edit.within) if rejection.errors else None
    path = ".".join(edit.within)
    detail = f"{path}: {rejection.detail}" if path else rejection.detail
    return _ERRORS.get(rejection.code, InvalidRecord)(detail, errors=errors)
