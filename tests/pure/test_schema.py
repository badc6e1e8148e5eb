"""The declarations: natural keys, registers, `since`, and two validators that never disagree."""

import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.collection import Collection, Record, declared
from schema.fields import (
    Choice,
    Day,
    Flag,
    Id,
    Integer,
    Number,
    Text,
    TimeOfDay,
    Timestamp,
    TimeZone,
)
from schema.ids import ROOT_NAMESPACE, Json, UserId
from schema.nested import Items, Object, Table
from schema.validate import Invalid, partial, whole, whole_text
from schema.views import create_views

USER = UserId("0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11")
FIRST = "0192f0c4-6f0e-7c4e-9a53-"
each_collection = pytest.mark.parametrize("name", COLLECTIONS)


def good(field: Any) -> st.SearchStrategy[Any]:
    """Values that the field takes."""
    match field:
        case Id():
            return st.uuids().map(str)
        case Day():
            return st.dates().map(str).filter(lambda day: "1900" <= day[:4] <= "2199")
        case TimeOfDay():
            return st.times().map(lambda time: f"{time:%H:%M}")
        case Timestamp():
            return st.sampled_from(("2026-11-23T02:11:45.123Z", "2026-02-28T23:59:59+08:00"))
        case TimeZone():
            return st.sampled_from(("Asia/Taipei", "UTC", "Europe/Berlin"))
        case Text():
            return st.text(max_size=12, min_size=field.least).map(lambda text: text or "x")
        case Number(step=None):
            return st.floats(field.least, field.most) | st.just(round(field.most / 2))
        case Number():
            return st.integers(2, 20).map(lambda half: half / 2)
        case Integer():
            return st.integers(field.least, field.most)
        case Flag():
            return st.booleans()
        case Choice():
            return st.sampled_from(field.words)
        case Items():
            return st.lists(good(field.inner), max_size=3, unique=field.unique)
        case Object():
            return record_of(field.schema)
        case Table():
            return st.dictionaries(st.sampled_from(field.keys), good(field.inner), max_size=3)
    raise AssertionError(field)


def record_of(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    fields = schema.fields.items()
    return st.fixed_dictionaries(
        {name: good(field) for name, field in fields if field.required},
        optional={name: good(field) for name, field in fields if not field.required},
    )


# JSON text that one parser or another is known to take for what it is not.
BAD = [
    "null", "true", '""', '"5"', '"５"', "5", "5.0", "-0.0", "1e2", "1.5", "1e400", "-1", "[]",
    "{}", "[1]", "[7,7]", str(2**63), str(2**64), "9" * 5000, '"a\\u0000b"', '"\\ud800"',
    '"\\udc00\\ud800"', '"e\\u0301"', '"e\u0301"', '"0001-01-01"', '"2026-02-30"', '"2026-2-3"',
    '"2026-11-23T00:00:00Z"', '"24:00"', '"0192F0C4-6F0E-7C4E-9A53-0A4F4F1F2B11"', '"x\\n"',
    "NaN", "Infinity", "[" * 10_000, '{"a":' * 10_000, '"' + "x" * 20_000 + '"', "1.", "'x'",
    '[{"name":"cup","grams":"1"}]', '[{"name":"cup","grams":1,"more":1}]', '{"8":"x"}',
]  # fmt: skip


def outcome(collection: Collection, raw: bytes) -> dict[str, Any] | str:
    """What the slow path makes of it."""
    try:
        return whole(collection, raw, SCHEMA_VERSION)
    except Invalid as error:
        return error.code


def agree(collection: Collection, raw: bytes) -> None:
    slow, fast = outcome(collection, raw), whole_text(collection, raw)
    if fast is not None:
        assert orjson.loads(fast.text) == slow
        assert isinstance(slow, dict)
        if collection.day_field:
            assert fast.day == slow[collection.day_field]
        if collection.parent_field:
            assert fast.parent_id == slow.get(collection.parent_field)
        derived = collection.canonical_id(USER, slow)
        assert (fast.canonical_id(USER) if collection.natural_key else None) == derived


@each_collection
@settings(max_examples=60)
@given(data=st.data())
def test_both_paths_take_good_records_alike(name: str, data: st.DataObject) -> None:
    collection = COLLECTIONS[name]
    raw = orjson.dumps(data.draw(record_of(collection.schema)))
    agree(collection, raw)
    assert isinstance(outcome(collection, raw), dict) or b"\\u" in raw
    if raw.isascii() and b"\\u" not in raw:
        assert whole_text(collection, raw) is not None


@each_collection
@settings(max_examples=150)
@given(data=st.data())
def test_both_paths_agree_on_bad_records(name: str, data: st.DataObject) -> None:
    collection = COLLECTIONS[name]
    record = data.draw(record_of(collection.schema))
    field = data.draw(st.sampled_from([*collection.fields, "unknown"]))
    texts = {key: orjson.dumps(value).decode() for key, value in record.items()}
    texts[field] = data.draw(st.sampled_from(BAD))
    if data.draw(st.booleans()):
        texts.pop(data.draw(st.sampled_from(sorted(texts))))
    pairs = [f"{json.dumps(key)}: {text}" for key, text in texts.items()]
    repeated = data.draw(st.lists(st.sampled_from(pairs), max_size=1)) if pairs else []
    pairs += repeated  # a key that comes twice
    agree(collection, ("{" + ", ".join(pairs) + "}").encode())


@each_collection
@given(raw=st.binary(max_size=60))
def test_any_bytes_are_refused_in_words(name: str, raw: bytes) -> None:
    collection = COLLECTIONS[name]
    agree(collection, raw)
    try:
        partial(collection, raw, SCHEMA_VERSION)
    except Invalid as error:
        assert error.detail


@each_collection
@pytest.mark.parametrize("text", BAD)
def test_a_patch_takes_of_each_field_what_a_put_takes(name: str, text: str) -> None:
    collection = COLLECTIONS[name]
    for field in collection.schema.fields:
        raw = f'{{"{field}": {text}}}'.encode()
        try:
            patched = partial(collection, raw, SCHEMA_VERSION)
        except Invalid as error:
            assert error.code in ("invalid_record", "incomplete_group")
            continue
        value = patched[collection.fields[field].register].get(field)
        assert (
            value is None
            or orjson.loads(text) == pytest.approx(value, nan_ok=False)
            or (isinstance(value, str | list | dict))
        )


def test_the_contracts_examples_of_derived_ids() -> None:
    meal, food = f"{FIRST}000000000001", f"{FIRST}000000000002"
    log: dict[str, Json] = {"planned": True, "date": "2026-11-23", "meal_id": meal, "food_id": food}
    assert str(ROOT_NAMESPACE) == "9f5fdd66-8869-533d-986f-76408152ba27"
    examples: tuple[tuple[str, dict[str, Json], str | None], ...] = (
        ("profile", {}, "10f81caf-89cc-505d-8ccf-0f81595ea1c2"),
        ("body_metrics", {"date": "2026-11-23"}, "8b47ef62-442b-569c-8912-61bab0ad28d5"),
        ("food_logs", log, "0bfd7c2d-022d-5c27-a10f-6138e38c5b03"),
        ("food_logs", log | {"planned": False}, None),
    )
    for name, data, expected in examples:
        assert COLLECTIONS[name].canonical_id(USER, data) == expected


def test_a_group_is_written_whole() -> None:
    sets = COLLECTIONS["workout_sets"]
    written = partial(sets, b'{"reps": 5, "notes": null}', 1)
    assert written == {"kind": {"kind": "normal", "reps": 5}, "notes": {}}
    with pytest.raises(Invalid) as refused:
        partial(COLLECTIONS["food_logs"], b'{"grams": 5}', 1)
    assert refused.value.code == "incomplete_group"


def test_nulls_are_dropped_and_defaults_written() -> None:
    raw = b'{"name": "Cut", "days_of_week": [1], "notes": null}'
    expected = {"name": "Cut", "days_of_week": [1], "active": True}
    assert outcome(COLLECTIONS["diet_plans"], raw) == expected


def test_text_is_brought_to_nfc() -> None:
    for raw in (b'{"name": "Cafe\\u0301"}', '{"name": "Cafe\u0301"}'.encode()):
        assert outcome(COLLECTIONS["exercises"], raw) == {"name": "Café"}


class Growing(Record):
    """A collection that got a field later."""

    name = Text(10, required=True)
    colour = Text(10, metadata={"since": 2})

    class Meta:
        collection = "growing"


def test_a_put_of_an_old_app_knows_no_newer_field() -> None:
    growing = declared(Growing)
    assert growing.registers_known(1) == {"name"}
    assert growing.registers_known(2) == {"name", "colour"}
    with pytest.raises(Invalid):
        whole(growing, b'{"name": "x", "colour": "red"}', 1)


def test_fields_of_a_newer_schema_are_kept() -> None:
    raw = b'{"name": "x", "mood": {"deep": [1]}}'
    assert whole(COLLECTIONS["exercises"], raw, SCHEMA_VERSION + 1) == orjson.loads(raw)
    assert partial(COLLECTIONS["exercises"], b'{"mood": 3}', 9) == {"mood": {"mood": 3}}


@each_collection
def test_every_field_is_described_and_bounded(name: str) -> None:
    collection = COLLECTIONS[name]
    for field in collection.schema.fields.values():
        assert field.metadata.get("description")
        if isinstance(field, Number):
            assert math.isfinite(field.least)
            assert math.isfinite(field.most)


def test_there_is_a_view_for_every_collection() -> None:
    text = "\n".join(create_views())
    for name in COLLECTIONS:
        assert f"CREATE VIEW v_{name} " in text
