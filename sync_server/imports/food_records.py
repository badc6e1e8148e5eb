"""Food logs derived from a diary, under deterministic ids.

An id is derived from the user, the format, the day, the meal, the food and its ordinal among equal
foods of the meal, but not from its amount: an amount that was corrected in the app is a correction
here. The logs are quick adds: the app's names and nutrients stay as they were logged there.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import asdict, dataclass

from schema.ids import derived_id
from sync_server.imports.meals import UNNAMED, slot_of
from sync_server.imports.parsed_file import FoodEntry, LineError
from sync_server.imports.records import (
    Data,
    DerivedRecord,
    ImportContext,
    derive_record,
    timestamp_text,
)

COLLECTION = "food_logs"


@dataclass(frozen=True, slots=True)
class ExistingLog:
    """Live food log of a day that the import touches; `imported` if an import wrote it last."""

    id: str
    date: datetime.date
    slot: str | None
    imported: bool


def food_records(
    foods: Iterable[FoodEntry], context: ImportContext, logged: Iterable[ExistingLog]
) -> Iterator[DerivedRecord | LineError]:
    """Food logs of the diary; a line that would count foods twice is a LineError."""
    entries = [(entry, _ids(entry, context)) for entry in foods]
    own_ids: set[str] = set()
    ordinals: Counter[tuple[str, ...]] = Counter()
    keyed: list[tuple[FoodEntry, str]] = []
    for entry, parts in entries:
        ordinals[parts] += 1
        own_id = derived_id(COLLECTION, context.user_id, [*parts, str(ordinals[parts])])
        own_ids.add(own_id)
        keyed.append((entry, own_id))
    by_day: dict[datetime.date, list[ExistingLog]] = {}
    for log in logged:
        by_day.setdefault(log.date, []).append(log)
    for entry, own_id in keyed:
        reason = _overlap(entry, by_day.get(entry.date, ()), own_ids, context)
        if reason:
            yield LineError(entry.line, reason)
        else:
            data = _food_log(entry, context)
            yield derive_record(context, COLLECTION, own_id, entry.date, data, entry.line)


def _ids(entry: FoodEntry, context: ImportContext) -> tuple[str, ...]:
    """Parts of an entry's id without its ordinal."""
    name = entry.name if entry.scope == "food" else entry.scope
    parts = (entry.date.isoformat(), _key(entry.meal), _key(name))
    return ("import", context.format, entry.scope, *parts)


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


def _overlap(
    entry: FoodEntry, logged: Sequence[ExistingLog], own_ids: Set[str], context: ImportContext
) -> str | None:
    """Reason why an entry would count foods twice; None if it does not.

    Apps export both foods and totals. Whichever was imported first stays.
    """
    if entry.scope == "food":
        totals = _total_ids(entry, context)
        found = any(log.id in totals for log in logged)
        return "The total of this day or meal was imported; delete it first." if found else None
    slot = slot_of(entry.meal)
    foods = (
        log
        for log in logged
        if log.imported
        and log.id not in own_ids
        and (entry.scope == "day" or slot is None or log.slot in (slot, None))
    )
    return "Its foods were imported; the total would count them twice." if any(foods) else None


def _total_ids(entry: FoodEntry, context: ImportContext) -> set[str]:
    """Ids of the totals of the entry's day and meal."""
    totals = (
        ("import", context.format, "day", entry.date.isoformat(), "", "day", "1"),
        ("import", context.format, "meal", entry.date.isoformat(), _key(entry.meal), "meal", "1"),
    )
    return {derived_id(COLLECTION, context.user_id, list(parts)) for parts in totals}


def _food_log(entry: FoodEntry, context: ImportContext) -> Data:
    slot = slot_of(entry.meal)
    own_meal = "" if slot or entry.meal.casefold() in UNNAMED else entry.meal
    notes = (own_meal, "" if entry.grams is not None else entry.amount, entry.notes)
    return {
        "date": entry.date.isoformat(),
        "name": entry.name,
        "grams": entry.grams,
        **asdict(entry.nutrients),
        "slot": slot,
        "eaten_at": timestamp_text(entry.eaten_at, context.zone),
        "notes": ", ".join(part for part in notes if part) or None,
    }
