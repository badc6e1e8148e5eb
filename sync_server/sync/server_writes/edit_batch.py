"""Resolution of edits: preconditions, a clock that wins, and the response.

Two things are particular to edits: the server sets the clock, so that the write wins over the
stored record, and one rejected edit applies nothing.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
import orjson

from sync_server.store.fenced_reads import Reads
from sync_server.sync.engine.batch import BatchResult, resolve_batch
from sync_server.sync.engine.changes import BatchContext, Rejection, ValidChange
from sync_server.sync.engine.clock import Stamp
from sync_server.sync.engine.natural_keys import find_record
from sync_server.sync.engine.records import StoredRecord
from sync_server.sync.push.batch_thread import in_thread_if_many
from sync_server.sync.push.commit_rest import RejectedChange
from sync_server.sync.push.snapshot import PushSnapshot
from sync_server.sync.server_writes.edits import Edit, EditResult, RenderResponse, nested
from sync_server.sync.stored_response import StoredResponse
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

_ERRORS: dict[str, type[ApiError]] = {
    error.code: error for error in (InvalidRecord, IncompleteGroup, NaturalKeyChange)
} | {"unknown_record": NotFound}


_Step: TypeAlias = tuple[Edit, ValidChange, StoredRecord | None]
"""An edit with its change and the record that is stored."""


@dataclass(frozen=True, slots=True)
class EditBatch:
    """The edits of a request with their changes: a BatchWrite."""

    edits: Sequence[Edit]
    changes: list[ValidChange]
    context: BatchContext
    key: IdempotencyKey | None
    render_response: RenderResponse

    @property
    def needs_lock(self) -> bool:
        """False: a rejected edit is the request's error."""
        return False

    @property
    def offered(self) -> Sequence[str]:
        """Nothing: only devices offer records."""
        return ()

    async def resolve(
        self, reads: Reads, snapshot: PushSnapshot
    ) -> tuple[BatchResult, StoredResponse]:
        """The edits resolved with a clock that wins, and the response of the route.

        Raises NotFound and the like, and the error of a rejected edit.
        """
        steps = list(self._steps(snapshot))
        batch = await in_thread_if_many(steps, self._resolve, snapshot, steps)
        return batch, await self.render_response(reads, list(_results(steps, batch)))

    def rejected(self, _batch: BatchResult) -> Iterator[RejectedChange]:
        """Nothing: a rejected edit is the request's error instead."""
        return iter(())

    def _resolve(self, snapshot: PushSnapshot, steps: Sequence[_Step]) -> BatchResult:
        for edit, change, before in steps:
            _check(edit, change, before)
        clocks = itertools.count(_first_clock(snapshot, self.context))
        changes = [
            change._replace(stamp=Stamp(next(clocks), self.context.device_id))
            for edit, change, before in steps
            if not _skipped(edit, change, before)
        ]
        return resolve_batch(changes, snapshot.working_set(), self.context, atomic=False)

    def _steps(self, snapshot: PushSnapshot) -> Iterator[_Step]:
        """Each edit with its change and the record that is stored."""
        working = snapshot.working_set()
        for edit, change in zip(self.edits, self.changes, strict=True):
            yield edit, change, find_record(change, working)


def _results(steps: Iterable[_Step], batch: BatchResult) -> Iterator[EditResult]:
    resolutions = iter(result.resolution for result in batch.results)
    for edit, change, before in steps:
        record = before
        if not _skipped(edit, change, before):
            resolution = next(resolutions)
            if resolution.rejection is not None:
                raise edit_error(resolution.rejection, edit)
            record = resolution.record
        assert record is not None
        yield EditResult(record, before)


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


def edit_error(rejection: Rejection, edit: Edit) -> ApiError:
    """The error of a request with a rejected edit."""
    errors = nested(rejection.errors, edit.within) if rejection.errors else None
    path = ".".join(edit.within)
    detail = f"{path}: {rejection.detail}" if path else rejection.detail
    return _ERRORS.get(rejection.code, InvalidRecord)(detail, errors=errors)
