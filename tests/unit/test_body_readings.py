"""Body values of several sources: all stay, the best counts, and no order of arrival matters."""

import datetime
import itertools

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.ids import Json, UserId, derived_id
from sync_server.imports.body_readings import best_values, unite_readings
from sync_server.imports.body_records import body_records
from sync_server.imports.diff import ExistingRecord, plan_changes
from sync_server.imports.parsed_file import BodyMeasurement, LineError, ParsedFile
from sync_server.imports.records import Data, DerivedRecord, ImportContext, import_device_id

USER = UserId("11111111-1111-4111-8111-111111111111")
DATE = datetime.date(2026, 11, 16)
NOW_US = 1_900_000_000_000_000
KEY = ("body_metrics", derived_id("body_metrics", USER, [DATE.isoformat()]))
FIELDS = ("weight_kg", "steps")


def import_day(
    stored: ExistingRecord | None,
    values: dict[str, float],
    source: str,
    format: str = "apple_health",
    priority: tuple[str, ...] = (),
) -> tuple[ExistingRecord | None, int]:
    """The day's record after an import, and the number of changes that it made."""
    context = ImportContext(USER, format, datetime.UTC, 65_536, priority)
    measured = tuple(
        BodyMeasurement(1, DATE, None, field, value, source=source)
        for field, value in values.items()
    )
    derived = [
        record
        for record in body_records(ParsedFile((), measurements=measured), context)
        if not isinstance(record, LineError)
    ]
    plan = plan_changes(
        derived, {KEY: stored} if stored else {}, import_device_id(USER), NOW_US, priority
    )
    for change in plan.changes:
        patch = orjson.loads(change.text)
        data = (orjson.loads(stored.data) if stored else {}) | patch["data"]
        device = import_device_id(USER)
        stored = ExistingRecord(patch["clock"], device, False, orjson.dumps(data).decode())
    return stored, len(plan.changes)


def day(stored: ExistingRecord | None) -> Data:
    """Fields of a stored record."""
    assert stored is not None
    data: Data = orjson.loads(stored.data)
    return data


def test_all_readings_stay_and_the_best_counts() -> None:
    stored, _ = import_day(None, {"weight_kg": 80.1}, "iPhone")
    stored, _ = import_day(stored, {"weight_kg": 80.4, "steps": 9000}, "Garmin", "health_connect")
    found = day(stored)
    assert (found["weight_kg"], found["steps"]) == (80.4, 9000), "a watch before a phone"
    assert found["readings"] == [
        {"source": "Garmin", "recorded_by": "watch", "weight_kg": 80.4, "steps": 9000},
        {"source": "iPhone", "recorded_by": "phone", "weight_kg": 80.1},
    ]


def test_the_priority_of_the_user_comes_first() -> None:
    readings: list[Json] = [
        {"source": "Garmin", "recorded_by": "watch", "weight_kg": 80.4},
        {"source": "iPhone", "recorded_by": "phone", "weight_kg": 80.1},
        {"source": "body_weight", "recorded_by": "app", "weight_kg": 80.0},
    ]
    for priority, weight in (
        ((), 80.0), (("phone", "watch"), 80.1), (("Garmin",), 80.4), (("watch", "iPhone"), 80.4),
    ):  # fmt: skip
        assert best_values(readings, priority) == {"weight_kg": weight}


@given(
    imports=st.lists(
        st.tuples(
            st.sampled_from(["Garmin", "iPhone", "Scale", ""]),
            st.dictionaries(st.sampled_from(FIELDS), st.integers(50, 90), min_size=1),
        ),
        min_size=2,
        max_size=4,
        unique_by=lambda one: one[0],
    ),
    priority=st.lists(st.sampled_from(["Scale", "phone", "watch", "app"]), unique=True).map(tuple),
)
def test_the_result_is_the_same_in_any_order(
    imports: list[tuple[str, dict[str, float]]], priority: tuple[str, ...]
) -> None:
    results = []
    for order in itertools.permutations(imports):
        stored = None
        for source, values in order:
            stored, _ = import_day(stored, values, source, priority=priority)
        results.append(day(stored))
        for source, values in order:
            stored, changes = import_day(stored, values, source, priority=priority)
            assert changes == 0, "an import again changes nothing"
    assert all(result == results[0] for result in results)


def test_an_edit_by_hand_stays_before_all_sources() -> None:
    data = orjson.dumps({"date": DATE.isoformat(), "weight_kg": 79.0}).decode()
    edited: ExistingRecord | None = ExistingRecord(NOW_US, "somebody's phone", False, data)
    edited, changes = import_day(edited, {"weight_kg": 80.1, "steps": 7000}, "Garmin")
    assert changes == 1
    found = day(edited)
    assert (found["weight_kg"], found["steps"]) == (79.0, 7000)
    assert found["readings"] == [
        {"source": "Garmin", "recorded_by": "watch", "weight_kg": 80.1, "steps": 7000}
    ]


@pytest.mark.parametrize("lists", [([], None), ([{"source": "a", "steps": 1}], [])])
def test_missing_readings_are_none(lists: tuple[Json, ...]) -> None:
    assert unite_readings(*lists) == lists[0]


def test_sources_have_a_limit() -> None:
    readings: list[Json] = [{"source": f"s{number:03}", "steps": number} for number in range(30)]
    united = unite_readings(readings)
    assert [one["source"] for one in united if isinstance(one, dict)][-1] == "s019"


def test_a_day_is_one_record() -> None:
    measured = (
        BodyMeasurement(1, DATE, None, "weight_kg", 80.0),
        BodyMeasurement(2, DATE, None, "weight_kg", 2000.0),
    )
    context = ImportContext(USER, "body_weight", datetime.UTC, 65_536)
    record, error = sorted(
        body_records(ParsedFile((), measurements=measured), context),
        key=lambda one: isinstance(one, LineError),
    )
    assert isinstance(record, DerivedRecord)
    assert isinstance(error, LineError)
