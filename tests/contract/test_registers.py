"""Registers: last write wins for each field, and for each group of fields that belong together."""

import pytest

from .http_client import User
from .records import DATE, MINIMAL, at, food, new_id, patch, put

SET = MINIMAL["workout_sets"]
LOW, HIGH = "00000000-0000-4000-8000-000000000001", "ffffffff-0000-4000-8000-000000000001"


def test_two_offline_edits_of_different_fields_both_survive(user: User) -> None:
    change = put("workout_sets", SET | {"reps": 5, "weight_kg": 100}, clock=at(10))
    user.applied(change)
    user.push(patch("workout_sets", change["id"], {"rpe": 8.5}, at(30)), device_id=new_id())
    user.push(patch("workout_sets", change["id"], {"notes": "easy"}, at(20)), device_id=new_id())
    data = user.changes()[0]["data"]
    assert (data["rpe"], data["notes"], data["reps"]) == (8.5, "easy", 5)


def test_a_patch_keeps_what_it_does_not_name_of_a_group(user: User) -> None:
    data = SET | {"kind": "drop", "reps": 5, "weight_kg": 100, "rpe": 7}
    change = put("workout_sets", data, clock=at(10))
    user.applied(change, patch("workout_sets", change["id"], {"reps": 8}, at(20)))
    data = user.changes()[0]["data"]
    assert (data["kind"], data["reps"], data["weight_kg"], data["rpe"]) == ("drop", 8, 100, 7)


def test_a_null_resets_a_member_of_a_group(user: User) -> None:
    change = put("workout_sets", SET | {"kind": "drop", "reps": 5, "weight_kg": 100})
    reset = {"weight_kg": None, "kind": None}
    user.applied(change, patch("workout_sets", change["id"], reset))
    data = user.changes()[0]["data"]
    assert (data["reps"], data.get("weight_kg"), data.get("kind", "normal")) == (5, None, "normal")


def test_a_patch_is_completed_from_what_another_device_stored(user: User) -> None:
    change = put("workout_sets", SET | {"reps": 5, "weight_kg": 100}, clock=at(10))
    user.applied(change)
    heavier = patch("workout_sets", change["id"], {"weight_kg": 110}, at(20))
    user.applied(heavier, device_id=new_id())
    result = user.result(patch("workout_sets", change["id"], {"reps": 6}, at(30)))
    data = result["record"]["data"]
    assert (data["reps"], data["weight_kg"]) == (6, 110)


def test_a_patch_that_loses_its_group_loses_all_of_it(user: User) -> None:
    change = put("workout_sets", SET | {"reps": 5, "weight_kg": 100}, clock=at(30))
    user.applied(change)
    result = user.result(patch("workout_sets", change["id"], {"reps": 6}, at(20)))
    assert result["status"] == "stale"
    assert result["record"]["data"]["reps"] == 5


def test_a_repeated_partial_patch_is_unchanged(user: User) -> None:
    change = put("workout_sets", SET | {"reps": 5, "weight_kg": 100})
    edit = patch("workout_sets", change["id"], {"reps": 6})
    user.applied(change, edit)
    assert user.result(edit)["status"] == "unchanged"


def test_a_group_never_mixes_two_devices(user: User) -> None:
    change = put("workout_sets", SET | {"reps": 5, "weight_kg": 100}, clock=at(10))
    user.applied(change)
    newer = {"reps": 3, "weight_kg": 120}
    user.applied(patch("workout_sets", change["id"], newer, at(30)), device_id=new_id())
    older = {"reps": 8, "weight_kg": 60, "duration_s": 40}
    result = user.result(patch("workout_sets", change["id"], older, at(20)), device_id=new_id())
    assert result["status"] == "stale"
    data = user.changes()[0]["data"]
    assert (data["reps"], data["weight_kg"], data.get("duration_s")) == (3, 120, None)


@pytest.mark.parametrize(
    ("collection", "part"),
    [
        ("food_logs", {"grams": 100}),
        ("food_logs", {"name": "Oats"}),
        ("meal_items", {"grams": 100}),
        ("foods", {"protein_g": 9}),
        ("workout_sets", {"exercise_name": "Bench press"}),
        ("diet_plans", {"starts_on": DATE}),
    ],
)
def test_part_of_a_group_needs_a_record_to_be_completed_from(
    user: User, collection: str, part: dict[str, object]
) -> None:
    change = put(collection)
    result = user.result(patch(collection, change["id"], part))
    assert result["status"] == "rejected"
    assert result["error"]["code"] == "incomplete_group"
    user.applied(change)
    user.applied(patch(collection, change["id"], part))
    stored = user.changes()[0]["data"]
    assert part.items() <= stored.items()
    assert change["data"].keys() <= stored.keys()


def test_a_patch_of_one_group_leaves_the_other_groups(user: User) -> None:
    change = put("workout_sets", SET | {"reps": 5, "exercise_name": "Bench press"})
    user.applied(change)
    user.applied(patch("workout_sets", change["id"], {"reps": 6, "weight_kg": 60}))
    assert user.changes()[0]["data"]["exercise_name"] == "Bench press"


@pytest.mark.parametrize("first", [LOW, HIGH])
def test_under_one_clock_the_greater_device_wins(user: User, first: str) -> None:
    change = put("foods", clock=at(1))
    user.applied(change)
    for device in (first, HIGH if first == LOW else LOW):
        user.push(patch("foods", change["id"], {"notes": device}, at(10)), device_id=device)
    record = user.changes()[0]
    assert record["data"]["notes"] == HIGH
    assert record["device_id"] == HIGH


@pytest.mark.parametrize("order", [("apple", "pear"), ("pear", "apple")])
def test_two_writes_of_one_device_under_one_clock_end_alike(
    user: User, order: tuple[str, str]
) -> None:
    change = put("foods", clock=at(1))
    user.applied(change)
    for notes in order:
        user.push(patch("foods", change["id"], {"notes": notes}, at(10)))
    assert user.changes()[0]["data"]["notes"] == "pear"


def test_clocks_are_echoed_verbatim(user: User) -> None:
    change = put("foods", clock=at(123_457))
    user.applied(change)
    assert user.changes()[0]["clock"] == at(123_457)


@pytest.mark.parametrize(
    ("collection", "field", "value"),
    [
        ("foods", "name", None),
        ("foods", "name", ""),
        ("foods", "name", 7),
        ("foods", "name", "a\x00b"),
        ("foods", "name", "x" * 20_000),
        ("foods", "energy_kcal", "370"),
        ("foods", "energy_kcal", -1),
        ("foods", "energy_kcal", 10**30),
        ("foods", "energy_kcal", True),
        ("foods", "energy_kcal", [370]),
        ("foods", "user_id", LOW),
        ("foods", "version", 7),
        ("foods", "servings", {"name": "cup"}),
        ("foods", "servings", [{"name": "cup"}]),
        ("foods", "servings", [{"name": "cup", "grams": 90, "surprise": 1}]),
        ("workout_sets", "reps", 1.5),
        ("workout_sets", "reps", "5"),
        ("workout_sets", "reps", "５"),
        ("workout_sets", "reps", -1),
        ("workout_sets", "reps", 2**63),
        ("workout_sets", "position", 2**63),
        ("workout_sets", "position", None),
        ("workout_sets", "rpe", 10.5),
        ("workout_sets", "rpe", 0.5),
        ("workout_sets", "rpe", 7.3),
        ("workout_sets", "rir", 11),
        ("workout_sets", "kind", "heavy"),
        ("workout_sets", "kind", 1),
        ("workout_sets", "session_id", "x"),
        ("workout_sets", "session_id", "0192F0C4-6F0E-7C4E-9A53-0A4F4F1F2B11"),
        ("workout_sets", "completed_at", "2026-11-23T10:00:00"),
        ("workout_sets", "completed_at", "2026-11-23"),
        ("workout_sessions", "date", "2026-02-30"),
        ("workout_sessions", "date", "0001-01-01"),
        ("workout_sessions", "date", "2026-1-1"),
        ("workout_sessions", "date", "２０２６-11-23"),
        ("workout_sessions", "date", "2026-11-23T00:00:00Z"),
        ("workout_sessions", "date", 20261123),
        ("workout_sessions", "rating", 6),
        ("workout_sessions", "rating", 0),
        ("diet_plans", "days_of_week", [0]),
        ("diet_plans", "days_of_week", [8]),
        ("diet_plans", "days_of_week", [1, 1]),
        ("diet_plans", "days_of_week", "1"),
        ("diet_plans", "active", 1),
        ("diet_plans", "active", "true"),
        ("meals", "time", "25:00"),
        ("meals", "time", "7:00"),
        ("food_logs", "slot", "brunch"),
        ("food_logs", "grams", -5),
        ("exercises", "category", "magic"),
        ("profile", "week_start", 8),
        ("profile", "weight_unit", "stone"),
        ("profile", "time_zone", 7),
        ("body_metrics", "steps", 1.5),
    ],
)
@pytest.mark.parametrize("op", ["put", "patch"])
def test_data_that_breaks_its_declaration_is_rejected_by_field(
    anyone: User, op: str, collection: str, field: str, value: object
) -> None:
    result = anyone.result(put(collection, MINIMAL[collection] | {field: value}) | {"op": op})
    assert result["status"] == "rejected", result
    assert field in result["error"].get("errors", {}), result


@pytest.mark.parametrize(
    ("collection", "fields"),
    [
        ("workout_sets", {"rpe": 10, "rir": 0, "kind": "warmup", "reps": 0, "superset": 1}),
        ("workout_sets", {"duration_s": 90, "distance_m": 1500.5, "completed_at": None}),
        ("workout_sets", {"completed_at": "2026-11-23T10:00:00.5+01:00"}),
        ("workout_sessions", {"rating": 5, "bodyweight_kg": 81.4}),
        (
            "workout_sessions",
            {"started_at": "2026-11-23T17:00:00Z", "ended_at": "2026-11-23T18:02:00Z"},
        ),
        ("foods", {"servings": [{"name": "cup", "grams": 90}], "fiber_g": None}),
        ("meals", {"time": "07:30"}),
        ("food_logs", {"slot": "snack", "eaten_at": "2026-11-23T23:59:59-08:00"}),
        ("diet_plans", {"starts_on": DATE, "ends_on": None, "target_energy_kcal": 2200}),
        ("profile", {"time_zone": "Europe/Berlin", "week_start": 1, "birth_year": 1990}),
        ("body_metrics", {"steps": 12000, "sleep_s": 27000, "body_fat_pct": 18.5}),
        ("exercises", {"category": "strength", "primary_muscles": ["chest"]}),
        (
            "programs",
            {
                "split": {"1": "Push", "3": "Pull"},
                "days": [
                    {
                        "name": "Push",
                        "exercises": [
                            {"exercise_id": new_id(), "sets": 3, "reps_min": 5, "reps_max": 8}
                        ],
                    }
                ],
            },
        ),
    ],
)
def test_data_within_its_declaration_is_stored_as_sent(
    user: User, collection: str, fields: dict[str, object]
) -> None:
    user.applied(put(collection, MINIMAL[collection] | fields))
    data = user.changes()[0]["data"]
    assert {name: data.get(name) for name in fields} == fields


def test_text_of_any_script_is_kept(user: User) -> None:
    name = "卧推 😀 Überzüge עברית"
    user.applied(put("foods", food(name=name)))
    assert user.changes()[0]["data"]["name"] == name


def test_a_field_that_nobody_declared_is_refused(user: User) -> None:
    result = user.result(put("foods", food(colour="brown")))
    assert result["status"] == "rejected"
    assert "colour" in result["error"]["errors"]
