"""Snapshots of foods in food logs, pure, so that edits of a food change no logged day."""

from collections.abc import Mapping
from typing import Any

from sync_server.formulas.nutrients import food_nutrients
from sync_server.formulas.nutrition import NUTRIENTS, portion

SNAPSHOT = ("name", *NUTRIENTS, "nutrients")


def snapshot(log: Mapping[str, Any], food: Mapping[str, Any] | None) -> dict[str, Any]:
    """Name and known nutrients of the log's amount of the food, to six decimals.

    Empty if the log has some of its own, or the food is unknown. The reference client rounds in the
    same way, which removes only the noise of binary fractions.
    """
    grams = log.get("grams")
    brought = any(name in log for name in SNAPSHOT)
    if not food or food.get("deleted") or brought:
        return {}
    if isinstance(grams, bool) or not isinstance(grams, int | float):
        return {}
    amounts = portion(log, {log["food_id"]: food})
    taken = {name: round(amount, 6) for name, amount in amounts.items() if amount is not None}
    more = {name: round(it * grams / 100, 6) for name, it in food_nutrients(food).items()}
    return {"name": food["name"], **taken} | ({"nutrients": more} if more else {})
