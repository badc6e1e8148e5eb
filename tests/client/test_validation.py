"""Validation of local writes agrees with the server's."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.examples import put_example
from schema.json_input import Invalid
from schema.validate import validate_put
from tests.client.network import Scripted
from trackforge_client import Device, InvalidRecord
from trackforge_client.device.contracts import CONTRACTS
from trackforge_client.device.json_types import Json
from trackforge_client.device.validation import RECORD_BYTES, validate

ID = "0192f0c4-6f0e-7c4e-9a53-00000000000a"
TEXTS = (
    "", "a", "a" * 501, "a" * 10_001, "a\0", ID, ID.upper(), "2026-11-23", "2026-02-30",
    "1899-01-01", "07:30", "24:00", "2026-11-23T02:11:45Z", "2026-02-30T02:11:45Z",
    "Asia/Taipei", "Asia/Nowhere", "kg", "male", "normal",
)  # fmt: skip
NUMBERS = (
    -1001, -1, 0, 0.5, 1, 1.5, 7, 8, 9.7, 10, 100, 1000, 1900, 2000, 10_000, 100_000, 1_000_001,
    1e300, 2**63, True,
)  # fmt: skip
SCALARS = st.sampled_from([*TEXTS, *NUMBERS, False, None])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=9)
        | st.dictionaries(st.sampled_from(["name", "grams", "1", "8", "exercises", "sets"]), inner)
    ),
    max_leaves=8,
)


def client_accepts(collection: str, data: dict[str, Json]) -> bool:
    try:
        validate(collection, CONTRACTS[collection], "put", ID, data)
    except InvalidRecord:
        return False
    return True


def server_accepts(collection: str, data: dict[str, Json]) -> bool:
    try:
        validate_put(COLLECTIONS[collection], json.dumps(data).encode(), SCHEMA_VERSION)
    except Invalid:
        return False
    return True


@given(values=st.data())
@pytest.mark.parametrize("collection", list(COLLECTIONS))
def test_client_and_server_accept_the_same_values(collection: str, values: st.DataObject) -> None:
    example: dict[str, Any] = dict(put_example(COLLECTIONS[collection]))
    name = values.draw(st.sampled_from([*COLLECTIONS[collection].fields, "unknown"]))
    data = example | {name: values.draw(VALUES)}
    assert client_accepts(collection, data) == server_accepts(collection, data), data[name]
    for removed in values.draw(st.sets(st.sampled_from([*data]))):
        del data[removed]
    assert client_accepts(collection, data) == server_accepts(collection, data)


@pytest.mark.parametrize("collection", list(COLLECTIONS))
def test_an_example_is_valid(collection: str) -> None:
    assert client_accepts(collection, dict(put_example(COLLECTIONS[collection])))


@pytest.mark.parametrize(
    ("collection", "data", "field"),
    [
        ("exercises", {}, "name"),
        ("profile", {"time_zone": "Asia/Nowhere"}, "time_zone"),
        ("exercises", {"name": "Squat", "category": "flying"}, "category"),
        ("exercises", {"name": "Squat", "colour": "red"}, "colour"),
        ("exercises", {"name": "\ud800"}, "name"),
        ("programs", {"name": "5/3/1", "days": [{"name": "A", "exercises": [{}]}]},
         "days.0.exercises.0.exercise_id"),
        ("body_metrics", {"date": "2026-11-23", "weight_kg": float("nan")}, "weight_kg"),
        ("food_logs", {"date": "2026-11-23"}, "food_id"),
        ("food_logs", {"date": "2026-11-23", "name": "Pizza"}, "energy_kcal"),
        ("food_logs", {"date": "2026-11-23", "grams": 80}, "food_id"),
        ("foods", {"name": "a", "energy_kcal": 1, "protein_g": 1, "carbs_g": 1, "fat_g": 1,
                   "servings": [{"name": "漢" * 200, "grams": 1}] * 100, "notes": "é" * 10_000,
                   "brand": "é" * 500}, "data"),
    ],
)  # fmt: skip
def test_an_invalid_put_names_its_field_and_stores_nothing(
    collection: str, data: dict[str, Json], field: str
) -> None:
    device = Device(":memory:", "", http=Scripted())
    with pytest.raises(InvalidRecord) as rejection:
        device.put(collection, data)
    assert rejection.value.field == field
    assert field in str(rejection.value)
    assert device.all(collection) == []
    assert device.status().pending == {}
    device.close()


def test_an_invalid_patch_and_an_invalid_id_store_nothing() -> None:
    device = Device(":memory:", "", http=Scripted())
    id = device.put("exercises", {"name": "Squat"})
    with pytest.raises(InvalidRecord, match="name"):
        device.patch("exercises", id, {"name": None})
    with pytest.raises(InvalidRecord, match="UUID"):
        device.put("exercises", {"name": "Squat"}, id="squat-1")
    assert device.status().pending == {"exercises": 1}
    device.close()


def test_a_quick_add_needs_no_food_and_a_food_can_be_removed() -> None:
    device = Device(":memory:", "", http=Scripted())
    pizza: dict[str, Json] = {"date": "2026-11-23", "name": "Pizza", "energy_kcal": 800}
    quick = device.put("food_logs", {**pizza, "planned": True})
    device.patch("food_logs", quick, {"grams": 90})
    log: Json = {"id": quick, **pizza, "planned": True, "grams": 90}
    assert device.get("food_logs", quick) == log
    eaten = device.put("food_logs", {**pizza, "food_id": ID, "grams": 90})
    device.patch("food_logs", eaten, {"food_id": None, "grams": None})
    assert device.get("food_logs", eaten) == {"id": eaten, **pizza, "planned": False}
    with pytest.raises(InvalidRecord, match="energy_kcal"):
        device.patch("food_logs", eaten, {"energy_kcal": None})
    device.close()


def test_the_size_limit_is_the_servers() -> None:
    data: dict[str, Json] = {"name": "n" * 400}
    with pytest.raises(InvalidRecord, match="bytes"):
        validate("exercises", CONTRACTS["exercises"], "put", ID, data, record_bytes=300)
    validate("exercises", CONTRACTS["exercises"], "put", ID, data, record_bytes=RECORD_BYTES)


def test_an_app_with_a_newer_schema_may_write_its_own_fields() -> None:
    device = Device(":memory:", "", http=Scripted(), schema_version=SCHEMA_VERSION + 1)
    id = device.put("exercises", {"name": "Squat", "tempo": "3-1-1"})
    assert (device.get("exercises", id) or {})["tempo"] == "3-1-1"
    device.close()
