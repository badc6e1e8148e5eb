"""The declarations: natural keys, registers, `since`, canonical form, limits and views."""

import math

import orjson
import pytest
from marshmallow import Schema

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.collection import Collection, Record, compile_declaration
from schema.fields import Integer, Number
from schema.ids import ROOT_NAMESPACE, Json, UserId, catalogue_id
from schema.nested import Items, Map, Object
from schema.texts import Day, Text
from schema.validate import Invalid, complete, validate_patch, validate_put, validate_put_fast
from schema.views import create_views

USER = UserId("0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11")
MEAL, FOOD = "0192f0c4-6f0e-7c4e-9a53-000000000001", "0192f0c4-6f0e-7c4e-9a53-000000000002"
each_collection = pytest.mark.parametrize("collection", COLLECTIONS.values(), ids=COLLECTIONS)


def put(name: str, raw: str, version: int = SCHEMA_VERSION) -> dict[str, Json]:
    return validate_put(COLLECTIONS[name], raw.encode(), version)


def reasons(name: str, raw: str) -> dict[str, object]:
    with pytest.raises(Invalid) as rejected:
        put(name, raw)
    assert rejected.value.errors is not None
    return rejected.value.errors


def test_the_contracts_examples_of_derived_ids() -> None:
    log: dict[str, Json] = {"planned": True, "date": "2026-11-23", "meal_id": MEAL, "food_id": FOOD}
    assert str(ROOT_NAMESPACE) == "9f5fdd66-8869-533d-986f-76408152ba27"
    examples: list[tuple[str, dict[str, Json], str | None]] = [
        ("profile", {}, "10f81caf-89cc-505d-8ccf-0f81595ea1c2"),
        ("body_metrics", {"date": "2026-11-23"}, "8b47ef62-442b-569c-8912-61bab0ad28d5"),
        ("food_logs", log, "0bfd7c2d-022d-5c27-a10f-6138e38c5b03"),
        ("food_logs", log | {"planned": False}, None),
        ("foods", {"name": "Oats"}, None),
    ]
    for name, data, expected in examples:
        assert COLLECTIONS[name].canonical_id(USER, data) == expected


def test_the_fast_path_derives_the_same_ids() -> None:
    raw = f'{{"date":"2026-11-23","meal_id":"{MEAL}","food_id":"{FOOD}","grams":80,"planned":%s}}'
    for planned, expected in (("true", "0bfd7c2d-022d-5c27-a10f-6138e38c5b03"), ("false", None)):
        fast = validate_put_fast(COLLECTIONS["food_logs"], (raw % planned).encode())
        assert fast is not None
        assert (fast.day, fast.parent_id) == ("2026-11-23", MEAL)
        assert fast.canonical_id(USER) == expected


def test_catalogue_ids_differ_by_kind_and_source() -> None:
    ids = {catalogue_id(kind, source, "1") for kind in ("foods", "exercises") for source in "ab"}
    assert len(ids) == 4


def test_a_group_is_completed_from_what_is_stored() -> None:
    sets = COLLECTIONS["workout_sets"]
    registers = validate_patch(sets, b'{"reps": 5, "weight_kg": null, "notes": null}', 1)
    assert registers == {"kind": {"reps": 5, "weight_kg": None}, "notes": {"notes": None}}
    stored: dict[str, Json] = {"kind": "drop", "reps": 8, "weight_kg": 100.0, "duration_s": 40}
    assert complete(sets, "kind", registers["kind"], stored) == {
        "kind": "drop",
        "reps": 5,
        "duration_s": 40,
    }
    assert complete(sets, "kind", registers["kind"], {}) == {"kind": "normal", "reps": 5}


def test_a_required_member_that_nothing_completes_is_an_error() -> None:
    logs = COLLECTIONS["food_logs"]
    registers = validate_patch(logs, b'{"grams": 5}', 1)
    with pytest.raises(Invalid) as rejected:
        complete(logs, "food_id", registers["food_id"], {})
    assert rejected.value.code == "incomplete_group"
    message = "Written together with grams: nothing is stored to complete it."
    assert rejected.value.errors == {"food_id": [message]}


def test_a_log_has_a_food_or_a_name_with_an_energy() -> None:
    logs = COLLECTIONS["food_logs"]
    for raw in (
        '{"date": "2026-11-23", "name": "Pizza", "energy_kcal": 800.0}',
        f'{{"date": "2026-11-23", "food_id": "{FOOD}", "grams": 80.0}}',
    ):
        fast = validate_put_fast(logs, raw.encode())
        assert fast is not None
        assert orjson.loads(fast.text) == put("food_logs", raw)
        assert fast.canonical_id(USER) is None
    neither = '{"date": "2026-11-23", "name": "Pizza", "grams": 80.0}'
    assert validate_put_fast(logs, neither.encode()) is None
    message = "Missing: a record has food_id with grams, or name with energy_kcal."
    assert reasons("food_logs", neither) == {"food_id": [message]}
    planned = '{"date": "2026-11-23", "name": "x", "energy_kcal": 1.0, "planned": true}'
    fast = validate_put_fast(logs, planned.encode())
    assert fast is not None
    assert fast.canonical_id(USER) is None


class Split(Record):
    """A collection with alternatives in two groups, which a merge could break."""

    name = Text(10)
    colour = Text(10)

    class Meta:
        collection = "split"
        alternatives = (("name",), ("colour",))


def test_alternatives_are_of_one_group() -> None:
    with pytest.raises(ValueError, match="one group"):
        compile_declaration(Split)


def test_null_resets_a_field_to_its_default() -> None:
    logs = COLLECTIONS["food_logs"]
    assert complete(logs, "planned", {"planned": None}, {"planned": True}) == {"planned": False}
    assert complete(logs, "slot", {"slot": None}, {"slot": "lunch"}) == {}
    assert put("diet_plans", '{"name": "Cut", "days_of_week": [1], "active": null}') == {
        "name": "Cut", "days_of_week": [1], "active": True,
    }  # fmt: skip
    assert reasons("exercises", '{"name": null}') == {"name": ["Field may not be null."]}


def test_text_is_brought_to_nfc_at_every_depth() -> None:
    for name in ("Cafe\\u0301", "Cafe\u0301"):
        assert put("exercises", f'{{"name": "{name}"}}') == {"name": "Café"}
        assert put("programs", f'{{"name": "x", "days": [{{"name": "{name}"}}]}}') == {
            "name": "x",
            "days": [{"name": "Café"}],
        }


def test_numbers_that_may_have_a_fraction_are_floats() -> None:
    for text in ("80", "80.0", "8e1"):
        data = put("body_metrics", f'{{"date": "2026-11-23", "weight_kg": {text}}}')
        assert repr(data["weight_kg"]) == "80.0"


@pytest.mark.parametrize(
    ("collection", "raw", "words"),
    [
        ("profile", '{"week_start": 1.0}', "written without fraction"),
        ("profile", f'{{"week_start": {2**64}}}', "Must be from 1 to 7."),
        ("profile", '{"week_start": "1"}', "Not a whole number."),
        ("profile", '{"week_start": true}', "Not a whole number."),
        ("profile", '{"height_cm": "１８０"}', "Not a number."),
        ("profile", '{"height_cm": 18000}', "Must be from 20 to 300."),
        ("profile", '{"weight_unit": "st"}', "Must be one of kg, lb."),
        ("profile", '{"time_zone": "Taipei"}', "Not an IANA time zone, as Asia/Taipei."),
        ("profile", '{"display_name": "a\\u0000"}', "May not contain the character NUL."),
        ("profile", '{"shoe_size": 43}', "Schema version 1 has no such field."),
        ("body_metrics", '{"date": "2026-02-30"}', "Not a day of the calendar"),
        ("body_metrics", "{}", "Missing data for required field."),
        ("diet_plans", '{"name": "x", "days_of_week": [1, 1]}', "An item is repeated."),
        ("diet_plans", '{"name": "x", "days_of_week": [8]}', "Must be from 1 to 7."),
        ("programs", '{"name": "x", "split": {"8": "Legs"}}', "The keys are 1, 2, 3, 4, 5, 6, 7."),
        ("programs", '{"name": "x", "days": [{"name": "a", "rest": 1}]}', "Unknown field."),
        ("workout_sets", '{"rpe": 8.3}', "Must be a multiple of 0.5."),
    ],
)
def test_a_refusal_says_what_would_be_right(collection: str, raw: str, words: str) -> None:
    assert words in str(reasons(collection, raw))


def test_a_refusal_of_many_fields_stays_short() -> None:
    raw = orjson.dumps({f"field{number}" * 50: 1 for number in range(99)})
    with pytest.raises(Invalid) as rejected:
        validate_put(COLLECTIONS["exercises"], raw, SCHEMA_VERSION)
    assert len(rejected.value.detail) < 400


class Growing(Record):
    """A collection that got fields later, one of them required and one with a default."""

    name = Text(10, required=True)
    colour = Text(10, metadata={"since": 2})
    size = Integer(0, 9, required=True, metadata={"since": 2})
    shape = Text(10, metadata={"since": 2, "default": "round"})

    class Meta:
        collection = "growing"


def test_a_put_of_an_old_app_neither_needs_nor_writes_newer_fields() -> None:
    growing = compile_declaration(Growing)
    assert growing.registers_known(1) == {"name"}
    assert growing.registers_known(2) == {"name", "colour", "size", "shape"}
    assert validate_put(growing, b'{"name": "x"}', 1) == {"name": "x"}
    assert validate_put(growing, b'{"name": "x", "size": 1}', 2) == {
        "name": "x", "size": 1, "shape": "round",
    }  # fmt: skip
    for validate in (validate_put, validate_patch):
        with pytest.raises(Invalid, match="colour"):
            validate(growing, b'{"name": "x", "colour": "red"}', 1)
    with pytest.raises(Invalid, match="size"):
        validate_put(growing, b'{"name": "x"}', 2)


def test_a_group_cannot_get_newer_members() -> None:
    class Grouped(Record):
        old = Text(10)
        new = Text(10, metadata={"since": 2})

        class Meta:
            collection = "grouped"
            groups = (("old", "new"),)

    with pytest.raises(ValueError, match="newer"):
        compile_declaration(Grouped)


def test_fields_of_a_newer_schema_are_kept() -> None:
    raw = '{"name": "x", "mood": {"deep": [1, "Cafe\\u0301", "\\n\u0303\\\\u0000"]}, "none": null}'
    stored = {"mood": {"deep": [1, "Café", "\n\u0303\\u0000"]}}
    assert put("exercises", raw, SCHEMA_VERSION + 1) == {"name": "x"} | stored
    assert validate_patch(COLLECTIONS["exercises"], b'{"mood": 3}', 9) == {"mood": {"mood": 3}}


@pytest.mark.parametrize(
    "field",
    [f'"mood": {2**64}', f'"mood": {"[" * 500}{"]" * 500}', '"mood": "\\u0000"', '"": 1'],
)
def test_values_that_cannot_be_stored_without_loss_are_rejected(field: str) -> None:
    for validate in (validate_put, validate_patch):
        with pytest.raises(Invalid):
            validate(COLLECTIONS["exercises"], f'{{"name": "x", {field}}}'.encode(), 9)


@each_collection
def test_every_field_is_described_and_bounded(collection: Collection) -> None:
    for spec in collection.fields.values():
        assert spec.description
        assert orjson.dumps(spec.json_schema)
        field = collection.schema.fields[spec.name]
        if isinstance(field, Number):
            assert math.isfinite(field.minimum)
            assert math.isfinite(field.maximum)


def test_limits_speak_json_schema() -> None:
    fields = COLLECTIONS["workout_sets"].fields
    assert fields["rpe"].json_schema == {
        "type": "number", "minimum": 1, "maximum": 10, "multipleOf": 0.5,
    }  # fmt: skip
    assert fields["session_id"].json_schema["format"] == "uuid"
    assert COLLECTIONS["diet_plans"].fields["days_of_week"].json_schema["uniqueItems"] is True


@each_collection
def test_groups_and_promoted_fields_are_declared(collection: Collection) -> None:
    members = [name for names in collection.registers.values() for name in names]
    assert sorted(members) == sorted(collection.fields)
    assert all(name in names for name, names in collection.registers.items())
    for name in (collection.day_field, collection.parent_field):
        assert name is None or name in collection.fields
    assert collection.parent_day is None or collection.parent_day in COLLECTIONS


class Stay(Schema):
    """A nested object with a default and what only a check can tell."""

    nights = Integer(0, 9, metadata={"default": 1})
    days = Items(Day(), 9, unique=True)
    ends = Map(("first", "last"), Day())


def test_nested_defaults_are_written_and_nested_days_checked() -> None:
    field = Object(Stay)
    assert field.normalize({"days": ["2026-11-23"]}) == {"nights": 1, "days": ["2026-11-23"]}
    check = field.struct_check()
    assert check is not None
    assert check(field.struct(days=["2026-02-28"]))
    assert not check(field.struct(days=["2026-02-30"]))
    assert not check(field.struct(days=["2026-02-28", "2026-02-28"]))
    assert check(field.struct(ends={"first": "2026-02-28"}))
    assert not check(field.struct(ends={"first": "2026-02-30"}))


@each_collection
def test_there_is_a_view_of_every_field(collection: Collection) -> None:
    view = create_views()[f"v_{collection.name}"]
    assert "security_invoker = true" in view
    for name in collection.fields:
        assert f" AS {name}" in view
