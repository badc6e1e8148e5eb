"""Completion of patches: groups, and snapshots of foods in food logs."""

from typing import Any

from tools.vectors.values import Case, file_text
from trackforge_client.device.completion import complete_food_log, complete_groups
from trackforge_client.device.contracts import CONTRACTS, contract_of
from trackforge_client.device.snapshot import with_snapshot

ABOUT = (
    "`groups`: a patch with the members of its groups that it does not name, from the stored "
    "record. `food_logs`: the same after the snapshot has followed the food or the amount; `food` "
    "is the data of the log's food, null if unknown. `snapshots`: the fields of a new food log."
)
FOOD_ID, OTHER_ID = (f"0192f0c4-6f0e-7c4e-9a53-00000000000{digit}" for digit in "12")
_FOOD: dict[str, Any] = {
    "name": "Oats", "energy_kcal": 370.5, "protein_g": 13.333, "carbs_g": 59, "fat_g": 7.1,
}  # fmt: skip
_LOG: dict[str, Any] = {"date": "2026-11-23", "food_id": FOOD_ID, "grams": 80}
_RICH = _FOOD | {"fiber_g": 10.5, "nutrients": {"iron_mg": 4.333, "vitamin_c_mg": 0}}
_SNAPSHOT: dict[str, Any] = {"name": "Oats", "energy_kcal": 296.4, "protein_g": 10.6664}
_STORED: dict[str, dict[str, Any]] = {
    "workout_sets": {"session_id": FOOD_ID, "exercise_id": FOOD_ID, "exercise_name": "Squat",
                     "position": 1, "kind": "normal", "reps": 5, "weight_kg": 100},
    "foods": _FOOD | {"fiber_g": 10.5, "brand": "Mill"},
    "workout_sessions": {"date": "2026-11-23", "name": "A", "started_at": "2026-11-23T08:00:00Z"},
    "diet_plans": {"name": "Cut", "days_of_week": [1, 7], "active": True, "target_fat_g": 70},
    "meal_items": {"meal_id": FOOD_ID, "food_id": FOOD_ID, "grams": 80, "position": 0},
}  # fmt: skip
_VALUES: dict[str, Any] = {"object": {}, "integer": 3, "number": 2.5, "boolean": True, "array": [2]}


def text() -> str:
    """Text of completion.json."""
    groups = [
        {"collection": name, "stored": stored, "patch": patch,
         "completed": complete_groups(contract_of(name), stored, patch)}
        for name, stored in _STORED.items()
        for patch in _patches(name)
    ]  # fmt: skip
    logs = [_food_log(stored, patch, food) for stored, patch, food in _food_logs()]
    fresh = [_LOG, _LOG | {"grams": 33.3}, _LOG | {"name": "Own name"}, _LOG | _SNAPSHOT]
    snapshots = [
        {"log": log, "food": food, "completed": with_snapshot(log, food)}
        for log in fresh
        for food in (_FOOD, _RICH, None, {"name": "Salt"})
    ]
    return file_text(ABOUT, {"groups": groups, "food_logs": logs, "snapshots": snapshots})


def _patches(name: str) -> list[dict[str, Any]]:
    """One patch for each field, resets of optional ones, and two for several fields."""
    contract = CONTRACTS[name]
    single: list[dict[str, Any]] = []
    for field in contract.fields:
        schema = contract.schemas[field]
        text = "2026-11-24" if schema.get("format") == "date" else FOOD_ID
        single.append({field: _VALUES.get(str(schema["type"]), text)})
    resets: list[dict[str, Any]] = [
        {field: None} for field in contract.fields if field not in contract.required
    ]
    return [*single, *resets, single[0] | single[-1], single[-1] | single[-2]]


def _food_logs() -> list[tuple[dict[str, Any], dict[str, Any], dict[str, Any] | None]]:
    stored = _LOG | _SNAPSHOT
    patches: list[dict[str, Any]] = [
        {"grams": 90}, {"grams": 0}, {"food_id": OTHER_ID}, {"food_id": OTHER_ID, "grams": 10},
        {"notes": "late"}, {"grams": 90, "name": "Mine"}, {"date": "2026-11-24"},
        {"food_id": None},
    ]  # fmt: skip
    rich = stored | {"nutrients": {"fiber_g": 8.4, "iron_mg": 3.4664}}
    quick = {"date": "2026-11-23"} | _SNAPSHOT
    return [
        (before, patch, food)
        for before in (stored, rich, _LOG, stored | {"grams": 0}, quick, quick | {"grams": 80})
        for patch in patches
        for food in (_RICH, None)
    ]


def _food_log(stored: Case, patch: Case, food: Case | None) -> Case:
    completed = complete_food_log(stored, patch, lambda _: food)
    completed = complete_groups(contract_of("food_logs"), stored, completed)
    return {"stored": stored, "patch": patch, "food": food, "completed": completed}
