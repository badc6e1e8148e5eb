"""What copying a day or a meal makes: pure, records under ids that follow from their originals."""

import datetime
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import orjson

from schema.ids import UserId, derived_id
from sync_server.nutrition.snapshot import snapshot
from sync_server.sync.server_writes.edits import Edit

Fields = Mapping[str, Any]
_OF_THE_MOMENT = ("eaten_at",)


def copied_logs(
    user_id: UserId,
    logs: Iterable[tuple[str, Fields]],
    to: datetime.date,
    slots: Collection[str] | None,
    foods: Mapping[str, Fields],
) -> list[Edit]:
    """The logs on another day, all or those of some meals of the day; when each was eaten is left.

    A planned log is known by day, meal and food, another by its original and the day.
    """
    day = to.isoformat()
    return [
        _edit(
            "food_logs",
            derived_id("food_logs", user_id, ("copy", id, day)),
            {name: value for name, value in log.items() if name not in _OF_THE_MOMENT}
            | {"date": day}
            | snapshot(log, foods.get(log["food_id"])),
        )
        for id, log in logs
        if slots is None or log.get("slot") in slots
    ]


def logs_of_meal(
    user_id: UserId,
    meal_id: str,
    items: Iterable[Fields],
    to: datetime.date,
    slot: str | None,
    foods: Mapping[str, Fields],
) -> list[Edit]:
    """The planned meal as eaten on a day: one planned log for each food, which is its key."""
    grams: dict[str, float] = {}
    for item in items:
        grams[item["food_id"]] = grams.get(item["food_id"], 0) + item["grams"]
    edits = []
    for food_id, amount in grams.items():
        log: dict[str, Any] = {"date": to.isoformat(), "food_id": food_id, "grams": amount}
        log |= snapshot(log, foods.get(food_id))
        log |= {"meal_id": meal_id, "planned": True} | ({"slot": slot} if slot else {})
        id = derived_id("food_logs", user_id, (log["date"], meal_id, food_id))
        edits.append(_edit("food_logs", id, log))
    return edits


def meal_in_plan(
    user_id: UserId,
    meal_id: str,
    meal: Fields,
    items: Iterable[tuple[str, Fields]],
    plan_id: str,
) -> list[Edit]:
    """The meal with its items in another plan, or a second time in its own."""
    copy_id = derived_id("meals", user_id, ("copy", meal_id, plan_id))
    return [
        _edit("meals", copy_id, {**meal, "plan_id": plan_id}),
        *(
            _edit(
                "meal_items",
                derived_id("meal_items", user_id, ("copy", id, copy_id)),
                {**item, "meal_id": copy_id},
            )
            for id, item in items
        ),
    ]


def _edit(collection: str, id: str, fields: Fields) -> Edit:
    # What was copied before, and perhaps changed since, stays.
    return Edit("put", collection, id, orjson.dumps(fields), if_exists="skip")
