"""Completion of writes before they are queued: field groups, and food log snapshots."""

from collections.abc import Callable, Mapping

from trackforge_client.device.contract import Contract
from trackforge_client.device.json_types import Fields, Json
from trackforge_client.device.snapshot import NUTRIENTS, SNAPSHOT, with_snapshot

FindFood = Callable[[str], Fields | None]
"""Data of a food by its id, None if it is unknown on this device."""


def complete_groups(contract: Contract, stored: Fields, patch: Fields) -> dict[str, Json]:
    """Patch with all members of the groups that it names, null for absent ones.

    A complete group gives the same record in any order of arrival at the server.
    """
    names = {member for name in patch for member in contract.group_of(name)}
    members = {
        name: stored.get(name)
        for name in contract.fields
        if name in names and (name in stored or name not in contract.required)
    }
    return {**members, **patch}


def complete_food_log(stored: Fields, patch: Fields, find_food: FindFood) -> dict[str, Json]:
    """Patch of a food log with the snapshot of its new food or amount.

    Another food gives a new snapshot. Another amount scales the stored nutrients, so that later
    edits of the food change no logged day. A log without its food keeps its name and nutrients.
    """
    if not patch.keys() & {"food_id", "grams"} or patch.keys() & set(SNAPSHOT):
        return dict(patch)
    if "food_id" in patch and patch["food_id"] is None:
        return dict(patch)
    log = {name: {**stored, **patch}.get(name) for name in ("food_id", "grams")}
    is_same_food = log["food_id"] == stored.get("food_id")
    scaled = _scaled(stored, log["grams"]) if is_same_food else {}
    if scaled:
        return {**patch, **scaled}
    cleared: dict[str, Json] = {} if is_same_food else dict.fromkeys(SNAPSHOT)
    food = find_food(log["food_id"]) if isinstance(log["food_id"], str) else None
    return {**cleared, **patch, **with_snapshot(log, food)}


def _scaled(stored: Mapping[str, Json], grams: Json) -> dict[str, Json]:
    """Nutrients of another amount; empty without stored ones."""
    before = stored.get("grams")
    if not isinstance(before, int | float) or not isinstance(grams, int | float) or not before:
        return {}

    def scaled(values: Mapping[str, Json]) -> dict[str, Json]:
        numbers = {name: it for name, it in values.items() if isinstance(it, int | float)}
        return {name: round(value * grams / before, 6) for name, value in numbers.items()}

    more = stored.get("nutrients")
    nutrients: dict[str, Json] = {"nutrients": scaled(more)} if isinstance(more, dict) else {}
    return scaled({name: stored.get(name) for name in NUTRIENTS}) | nutrients
