"""Food logs stay valid through any merge, whatever alternative each write has."""

from typing import Any

import msgspec
import orjson
from hypothesis import given
from hypothesis import strategies as st

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.ids import UserId
from schema.snapshot import retained_members
from schema.validate import validate_put
from sync_server.sync.engine.batch import resolve_batch
from sync_server.sync.engine.changes import BatchContext, Change
from sync_server.sync.engine.working_set import WorkingSet
from sync_server.sync.push.validation import validate

USER = UserId("0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11")
DEVICES = [f"00000000-0000-4000-8000-00000000000{digit}" for digit in "12"]
FOODS = [f"0192f0c4-6f0e-7c4e-9a53-00000000000{digit}" for digit in "12"]
IDS = [f"0192f0c4-6f0e-7c4e-9a53-00000000001{digit}" for digit in "12"]
LOGS = COLLECTIONS["food_logs"]
NUTRIENTS = ("energy_kcal", "protein_g", "carbs_g", "fat_g")

amounts = st.none() | st.sampled_from((0.0, 1.0, 90.0, 100_000.0))
members = {"food_id": st.none() | st.sampled_from(FOODS), "grams": amounts, "energy_kcal": amounts}
members |= {"name": st.none() | st.sampled_from(("Oats", "Pizza")), "protein_g": amounts}
data = st.fixed_dictionaries(
    {}, optional=members | {"date": st.just("2026-11-23"), "planned": st.booleans()}
)
changes = st.builds(
    lambda op, record_id, clock, fields: Change(
        "food_logs", record_id, op, clock, msgspec.Raw(orjson.dumps(fields))
    ),
    st.sampled_from(("put", "patch", "patch", "delete")),
    st.sampled_from(IDS),
    st.integers(1, 9),
    data,
)


@given(st.lists(st.tuples(st.sampled_from(DEVICES), changes), max_size=8))
def test_every_merge_of_accepted_changes_is_a_valid_record(
    sent: list[tuple[str, Change]],
) -> None:
    working = WorkingSet(0, {})
    for device, change in sent:
        context = BatchContext(USER, device, SCHEMA_VERSION, now_us=10)
        result = resolve_batch([validate(change, context)], working, context, atomic=False)
        working = result.written
        for record in working.records.values():
            if record.live:
                stored = orjson.loads(record.data)
                valid = validate_put(LOGS, record.data.encode(), SCHEMA_VERSION)
                assert stored.items() <= valid.items()
                assert LOGS.missing(stored) == ()


stored_logs = st.fixed_dictionaries(
    {"food_id": st.sampled_from(FOODS), "grams": st.floats(0.1, 5000)},
    optional=dict.fromkeys(NUTRIENTS, st.floats(0, 1000)) | {"name": st.just("Oats")},
)


@given(stored_logs, st.floats(0.1, 5000))
def test_an_amount_scales_stored_nutrients_only(stored: dict[str, Any], grams: float) -> None:
    retained = retained_members(LOGS, {"grams": grams}, stored)
    assert retained.keys() == stored.keys()
    for name in stored.keys() & set(NUTRIENTS):
        exact = stored[name] * grams / stored["grams"]
        assert abs(float(str(retained[name])) - min(exact, 100_000)) <= 1e-6 + exact * 1e-12
    assert retained_members(LOGS, {"grams": stored["grams"]}, stored) == stored
    assert retained_members(LOGS, {"slot": "lunch"}, stored) == stored
