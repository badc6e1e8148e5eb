"""Amounts of food that a diet plan needs over some days, pure."""

import datetime
from collections.abc import Iterable

from sync_server.formulas.nutrition import Data, Plan, plans_of


def planned_days(plan: Data, days: Iterable[datetime.date]) -> list[datetime.date]:
    """Days on which a plan is eaten, by its weekdays and its period, in use or not."""
    whole = Plan({**plan, "active": True}, ())
    return [day for day in days if plans_of(day, [whole])]


def shopping_amounts(items: Iterable[Data], days: int) -> dict[str, float]:
    """Grams of each food, by its id: the sum of the plan's items x days, to 0.01 g."""
    grams: dict[str, float] = {}
    for item in items:
        grams[item["food_id"]] = grams.get(item["food_id"], 0) + item["grams"] * days
    return {food_id: round(amount, 2) for food_id, amount in grams.items()}
