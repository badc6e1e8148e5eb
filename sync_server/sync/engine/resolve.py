"""Applying one change to the record that is stored: pure, and the only place that makes results."""

from typing import Literal, NamedTuple

import orjson

from schema.collection import Collection
from schema.ids import Json
from sync_server.sync.engine.clock import Stamp
from sync_server.sync.engine.field_clocks import (
    decode_state,
    encode_clocks,
    last_writer,
)
from sync_server.sync.engine.merge import ABSENT, Merged, State, merge
from sync_server.sync.push.request import Refusal
from sync_server.sync.push.validation import Batch, Prepared

Status = Literal["applied", "merged", "stale", "unchanged", "conflict", "rejected"]


class Stored(NamedTuple):
    """A row of `records`; `data` and `field_clocks` are JSON text, `day` is `YYYY-MM-DD`."""

    collection: str
    id: str
    version: int
    clock: int
    device_id: str
    field_clocks: str | None
    deleted: bool
    day: str | None
    parent_id: str | None
    data: str

    @property
    def stamp(self) -> Stamp:
        """The greatest stamp of any register."""
        return Stamp(self.clock, self.device_id)

    def as_change(self) -> str:
        """The record in the shape of a pulled change, as JSON text."""
        return (
            f'{{"collection":"{self.collection}","id":"{self.id}","version":{self.version},'
            f'"clock":{self.clock},"device_id":"{self.device_id}",'
            f'"deleted":{"true" if self.deleted else "false"},"data":{self.data}}}'
        )


class Outcome(NamedTuple):
    """What came of a change: the record after it, and whether that must be written."""

    status: Status
    record: Stored | None = None
    refusal: Refusal | None = None

    @property
    def changed(self) -> bool:
        """Whether the record must be written."""
        return self.status in ("applied", "merged")


def plain_clocks(collection: Collection) -> str | None:
    """The `field_clocks` of a record that one put wrote whole."""
    since = collection.newest_since
    return f'{{"v":{since}}}' if since > 1 else None


def apply(change: Prepared, stored: Stored | None, batch: Batch, version: int) -> Outcome:
    """Apply a change; `version` is what the record gets if it changes."""
    fast = change.fast
    if fast is not None and (stored is None or _overwrites(change, stored)):
        if guard := _guard(change, stored, batch):
            return guard
        return Outcome(
            "applied",
            Stored(
                change.collection.name,
                change.id,
                version,
                change.stamp.clock,
                change.stamp.device_id,
                plain_clocks(change.collection),
                False,
                fast.day,
                fast.parent_id,
                fast.text,
            ),
        )
    return _merge(change, stored, batch, version)


def _overwrites(change: Prepared, stored: Stored) -> bool:
    """Whether a whole put simply replaces a record that one write made whole."""
    return (
        change.stamp > stored.stamp
        and stored.field_clocks == plain_clocks(change.collection)
        and change.collection.natural_key is None
    )


def _guard(change: Prepared, stored: Stored | None, batch: Batch) -> Outcome | None:
    sent = change.sent
    clock, version = (stored.clock, stored.version) if stored else (None, 0)
    holds = (
        (sent.base_clock is None or clock in (sent.base_clock, batch.corrected(sent.base_clock)))
        and (sent.base_version is None or sent.base_version == version)
        and not _changed_elsewhere(stored, batch)
    )
    return None if holds else Outcome("conflict", stored)


def _changed_elsewhere(stored: Stored | None, batch: Batch) -> bool:
    return (
        batch.base_version is not None
        and stored is not None
        and stored.version > batch.base_version
        and last_writer(stored.stamp, stored.field_clocks) != batch.device_id
    )


def _state(stored: Stored | None, collection: Collection) -> State:
    if stored is None:
        return ABSENT
    data: dict[str, Json] = orjson.loads(stored.data)
    return decode_state(data, stored.deleted, stored.stamp, stored.field_clocks, collection)


def _merge(change: Prepared, stored: Stored | None, batch: Batch, version: int) -> Outcome:
    collection = change.collection
    if stored is None and (guard := _guard(change, stored, batch)):
        return guard
    before = _state(stored, collection)
    merged = merge(before, change.write)
    if refusal := _refusal(change, before, merged.state):
        return Outcome("rejected", refusal=refusal)
    if stored is not None and not merged.won:
        return Outcome("stale" if merged.lost else "unchanged", stored)
    if guard := _guard(change, stored, batch):
        return guard
    after = _row(change, merged, version)
    return Outcome("merged" if merged.lost else "applied", after)


def _refusal(change: Prepared, before: State, after: State) -> Refusal | None:
    collection = change.collection
    if change.sent.op == "delete":
        return None
    data = after.data
    if change.sent.op == "patch" and not before.registers:
        missing = [name for name, field in collection.fields.items() if field.required]
        if any(name not in data for name in missing):
            return Refusal(
                "unknown_record",
                "There is no such record, and the patch makes no whole one.",
            )
    if collection.natural_key is None or not before.registers:
        return None
    if collection.key_parts(before.data) != collection.key_parts(data):
        return Refusal(
            "natural_key_change",
            "The change would alter what identifies the record: delete it and put another.",
        )
    return None


def _row(change: Prepared, merged: Merged, version: int) -> Stored:
    collection, state = change.collection, merged.state
    data, stamp = state.data, state.stamp
    day = data.get(collection.day_field) if collection.day_field else None
    parent_id = data.get(collection.parent_field) if collection.parent_field else None
    return Stored(
        collection.name,
        change.id,
        version,
        stamp.clock,
        stamp.device_id,
        encode_clocks(state, collection, change.stamp.device_id),
        state.deleted,
        str(day) if day is not None else None,
        str(parent_id) if parent_id is not None else None,
        orjson.dumps(data).decode(),
    )


def relocated(change: Prepared) -> Prepared:
    """The same change, aimed at the id that its natural key derives."""
    return change._replace(id=change.fallback_id) if change.fallback_id else change
