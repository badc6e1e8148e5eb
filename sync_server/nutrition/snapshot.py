"""The snapshot that a food log carries, so that editing a food changes no logged day; pure."""

from collections.abc import Mapping
from typing import Any

from sync_server.formulas.nutrition import NUTRIENTS, portion

SNAPSHOT = ("name", *NUTRIENTS)


def snapshot(log: Mapping[str, Any], food: Mapping[str, Any] | None) -> dict[str, Any]:
    """Name and macros of the log's amount of the food, where they are known.

    Nothing when the log brings some of its own, or the food is unknown. As the reference client
    does it: to six decimals, which only sheds the noise of binary fractions.
    """
    grams = log.get("grams")
    brought = any(name in log for name in SNAPSHOT)
    if not food or food.get("deleted") or brought:
        return {}
    if isinstance(grams, bool) or not isinstance(grams, int | float):
        return {}
    amounts = portion(log, {log["food_id"]: food})
    taken = {name: round(amount, 6) for name, amount in amounts.items() if amount is not None}
    return {"name": food["name"], **taken}
