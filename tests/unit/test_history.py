"""Replaced values of a batch: each live record that was written over, and what changes lost."""

import json
from typing import Any

import msgspec
import orjson
import pytest

from schema import SCHEMA_VERSION
from schema.ids import UserId
from sync_server.sync.engine.batch import resolve_batch
from sync_server.sync.engine.changes import BatchContext, Change
from sync_server.sync.engine.clock import MIN_CLOCK
from sync_server.sync.engine.history import ReplacedValues, replaced_values
from sync_server.sync.engine.working_set import WorkingSet
from sync_server.sync.push.validation import validate

USER = UserId("0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11")
ID = "0192f0c4-6f0e-7c4e-9a53-00000000000a"
PHONE, TABLET = (f"0192f0c4-6f0e-7c4e-9a53-0000000000d{number}" for number in (1, 2))
OATS = {"name": "Oats", "energy_kcal": 370, "protein_g": 13, "carbs_g": 59, "fat_g": 7}
Sent = tuple[str, int, dict[str, Any]]


def replaced(
    working: WorkingSet, *sent: Sent, device: str = PHONE, atomic: bool = False
) -> list[ReplacedValues]:
    """Values that a batch of changes of the one food replaced; `working` goes on from there."""
    context = BatchContext(USER, device, SCHEMA_VERSION, MIN_CLOCK + 1000)
    changes = [
        validate(
            Change("foods", ID, op, MIN_CLOCK + clock, msgspec.Raw(json.dumps(data).encode())),
            context,
        )
        for op, clock, data in sent
    ]
    batch = resolve_batch(changes, working, context, atomic)
    return replaced_values(batch.written)


def stored(*sent: Sent) -> WorkingSet:
    """The food after changes of the phone, as a later push finds it."""
    working = WorkingSet(0, {})
    replaced(working, *sent)
    return WorkingSet(working.version, working.records)


def names(values: list[ReplacedValues]) -> list[tuple[str, str | None]]:
    return [(it.why, orjson.loads(it.data).get("name")) for it in values]


def test_new_records_replace_nothing() -> None:
    working = WorkingSet(0, {})
    assert replaced(working, ("put", 1, OATS)) == []
    assert (working.replaced, working.losing) == ([], [])


def test_every_step_of_a_batch_is_there_but_the_last() -> None:
    steps = [("put", at, OATS | {"name": str(at)}) for at in (2, 3)]
    values = replaced(stored(("put", 1, OATS)), *steps, ("delete", 4, {}))
    assert names(values) == [("overwritten", "Oats"), ("overwritten", "2"), ("deleted", "3")]
    assert [it.version for it in values] == [1, 2, 3]
    assert {(it.collection, it.id, it.device_id) for it in values} == {("foods", ID, PHONE)}


def test_a_tombstone_holds_nothing_more() -> None:
    deleted = stored(("put", 1, OATS), ("delete", 2, {}))
    assert replaced(deleted, ("put", 3, OATS | {"name": "Rye"})) == []
    assert names(replaced(deleted, ("delete", 4, {}))) == [("deleted", "Rye")]


def test_a_losing_change_keeps_its_own_stamp_and_only_what_it_lost() -> None:
    food = stored(("put", 1, OATS), ("patch", 9, {"name": "Rye"}))
    change: Sent = ("patch", 5, {"name": "Barley", "notes": "dry"})
    values = replaced(food, change, device=TABLET)
    assert names(values) == [("overwritten", "Rye"), ("lost", "Barley")]
    lost = values[1]
    assert orjson.loads(lost.data) == {"name": "Barley"}
    assert (lost.version, lost.clock, lost.device_id) == (MIN_CLOCK + 5, MIN_CLOCK + 5, TABLET)


def test_the_same_value_under_an_older_stamp_is_not_lost() -> None:
    food = stored(("put", 9, OATS))
    assert replaced(food, ("put", 5, OATS), device=TABLET) == []
    assert replaced(food, ("delete", 5, {}), device=TABLET) == []


def test_what_arrives_after_a_deletion_is_lost_although_the_tombstone_has_it() -> None:
    food = stored(("put", 1, OATS), ("delete", 9, {}))
    late = OATS | {"name": "Rye"}
    [lost] = replaced(food, ("put", 5, late), device=TABLET)
    assert (lost.why, orjson.loads(lost.data)) == ("lost", late)


def test_an_atomic_batch_that_fails_replaces_nothing() -> None:
    food = stored(("put", 1, OATS))
    assert replaced(food, ("put", 2, OATS | {"name": "Rye"}), ("put", 3, {}), atomic=True) == []


@pytest.mark.parametrize("op", ["put", "patch"])
def test_a_rejected_change_replaces_nothing(op: str) -> None:
    food = stored(("put", 1, OATS))
    assert replaced(food, (op, 2, {"energy_kcal": "much"})) == []


def test_the_text_is_json() -> None:
    [values] = replaced(stored(("put", 1, OATS)), ("delete", 2, {}))
    assert orjson.loads(values.text) == {
        "collection": "foods", "id": ID, "version": 1, "clock": MIN_CLOCK + 1,
        "device_id": PHONE, "why": "deleted", "data": {**OATS, "energy_kcal": 370.0},
    }  # fmt: skip
