"""Copies of days and meals, pure; ids are derived from the originals."""

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
    """Logs copied to another day, all or those of some slots, without the time of eating.

    The id of a planned log derives from day, meal and food, of another from its original and day.
    """
    day = to.isoformat()
    return [
        _edit(
            "food_logs",
            derived_id("food_logs", user_id, ("copy", id, day)),
            {name: value for name, value in log.items() if name not in _OF_THE_MOMENT}
            | {"date": day}
            | snapshot(log, foods.get(log.get("food_id", ""))),
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
    """Planned logs of a meal on a day, one for each food."""
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
    """Copy of a meal with its items in another plan, or in the same one."""
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


def revised_plan(plan_id: str, new_id: str, plan: Fields, start: datetime.date) -> list[Edit]:
    """End of a plan on the day before `start`, and its copy from then on, without meals."""
    last_day = (start - datetime.timedelta(days=1)).isoformat()
    copy = {**plan, "starts_on": start.isoformat()}
    if (plan.get("ends_on") or "") < copy["starts_on"]:
        copy.pop("ends_on", None)  # an earlier revision has set it
    ended = orjson.dumps({"ends_on": last_day})
    return [
        Edit("patch", "diet_plans", plan_id, ended, if_exists="require"),
        _edit("diet_plans", new_id, copy),
    ]


def _edit(collection: str, id: str, fields: Fields) -> Edit:
    # An earlier copy, possibly changed since, is not overwritten.
    return Edit("put", collection, id, orjson.dumps(fields), if_exists="skip")
