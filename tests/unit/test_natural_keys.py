"""Writes of one record that gains and loses its natural key: any order ends in the same record."""

import json
from typing import Any

import msgspec
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from schema import SCHEMA_VERSION
from schema.ids import UserId
from sync_server.sync.engine.batch import resolve_batch
from sync_server.sync.engine.changes import BatchContext, Change, ValidChange
from sync_server.sync.engine.clock import MIN_CLOCK
from sync_server.sync.engine.records import StoredRecord
from sync_server.sync.engine.working_set import WorkingSet
from sync_server.sync.push.validation import validate

USER = UserId("0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11")
ID = "0192f0c4-6f0e-7c4e-9a53-00000000000a"
DEVICES = ["0192f0c4-6f0e-7c4e-9a53-0000000000d1", "0192f0c4-6f0e-7c4e-9a53-0000000000d2"]
LOG = {"date": "2026-11-23", "food_id": ID, "meal_id": ID, "grams": 100}
Write = tuple[str, dict[str, Any]]

WRITES: st.SearchStrategy[Write] = st.one_of(
    st.builds(
        lambda planned, grams: ("put", LOG | {"planned": planned, "grams": grams}),
        st.booleans(),
        st.integers(1, 3),
    ),
    st.builds(lambda notes: ("patch", {"notes": notes}), st.sampled_from("abc")),
    st.just(("delete", {})),
)


def validated(write: Write, clock: int, device_id: str) -> tuple[ValidChange, BatchContext]:
    """A write as a change of the record, sent by a device."""
    op, data = write
    context = BatchContext(USER, device_id, SCHEMA_VERSION, MIN_CLOCK + 1000)
    raw = msgspec.Raw(json.dumps(data).encode())
    change = validate(Change("food_logs", ID, op, MIN_CLOCK + clock, raw), context)
    assert isinstance(change, ValidChange)
    return change, context


def live(records: dict[Any, StoredRecord]) -> list[tuple[str, Any]]:
    """Ids and data of the live records."""
    return sorted((it.id, orjson.loads(it.data)) for it in records.values() if it.live)


def end(history: list[tuple[int, Write]], batched: bool) -> list[tuple[str, Any]]:
    """The live records after a history, sent one by one or as one batch."""
    working = WorkingSet(0, {})
    sent = [validated(write, clock, DEVICES[clock % 2]) for clock, write in history]
    for change, context in sent:
        resolve_batch([change], working, context, atomic=False)
        if not batched:
            stored = {**working.stored, **working.records}
            aliases = {
                key: working.target(key)[1]
                for key in {*working.stored_aliases, *working.aliases}
                if working.target(key) != key
            }
            working = WorkingSet(working.version, stored, aliases)
    return live({**working.stored, **working.records})


PARTS: st.SearchStrategy[Write] = st.builds(
    lambda grams: ("patch", {"grams": grams}), st.integers(4, 9)
)
"""Patches that name part of a group: the state that they meet completes them."""


@settings(max_examples=200, deadline=None)
@given(st.lists(WRITES | PARTS, min_size=1, max_size=6), st.booleans())
def test_any_batching_and_any_repeat_of_completed_groups_end_in_the_same_record(
    writes: list[Write], batched: bool
) -> None:
    history = [(1, ("put", LOG)), *enumerate(writes, start=2)]
    expected = end(history, batched=False)
    assert end([*history, *history], batched) == expected
    again = [step for step in history for _ in range(2)]
    assert end(again, batched) == expected


@settings(max_examples=400, deadline=None)
@given(st.lists(WRITES, min_size=2, max_size=7), st.randoms(), st.booleans())
def test_any_order_of_writes_ends_in_the_same_record(
    writes: list[Write], chance: Any, batched: bool
) -> None:
    # A patch before there is a record is rejected: the record is there first.
    first = (1, ("put", LOG))
    history = list(enumerate(writes, start=2))
    expected = end([first, *history], batched=False)
    assert len(expected) <= 1
    chance.shuffle(history)
    repeated = [first, *history, first, *history]
    assert end(repeated, batched) == expected
