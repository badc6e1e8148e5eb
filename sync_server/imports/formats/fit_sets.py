"""Sets of strength training in FIT files, and the values of their fields."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sync_server.imports.parsed_file import LoggedSet

Fields = Mapping[str, Any]
"""Fields of a message by name."""


def sets_of(
    sets: Sequence[Fields],
    titles: Sequence[Fields],
    start: datetime.datetime,
    end: datetime.datetime | None,
) -> Iterator[LoggedSet]:
    """Active sets of a session; a rest is that of the set before."""
    names = {
        (_first(title.get("exercise_category")), title.get("exercise_name")): title["wkt_step_name"]
        for title in titles
        if isinstance(title.get("wkt_step_name"), str)
    }
    pending: LoggedSet | None = None
    for one in sets:
        at = one.get("start_time")
        if isinstance(at, datetime.datetime) and (at < start or (end is not None and at > end)):
            continue
        duration_s = number_of(one.get("duration"))
        if one.get("set_type") == "rest":
            if pending is not None:
                yield _with_rest(pending, duration_s)
            pending = None
            continue
        if pending is not None:
            yield pending
        reps, weight = one.get("repetitions"), number_of(one.get("weight"))
        pending = LoggedSet(
            1,
            _exercise(one, names),
            reps=reps if isinstance(reps, int) and reps else None,
            weight_kg=round(weight, 2) if weight else None,
            duration_s=duration_s,
        )
    if pending is not None:
        yield pending


def _with_rest(one: LoggedSet, rest_s: float | None) -> LoggedSet:
    return LoggedSet(
        one.line,
        one.exercise,
        reps=one.reps,
        weight_kg=one.weight_kg,
        duration_s=one.duration_s,
        rest_s=rest_s,
    )


def _exercise(one: Fields, titles: Mapping[tuple[object, object], str]) -> str:
    """Name of a set's exercise: the watch's own, else that of the profile, else the category."""
    category, subtype = _first(one.get("category")), _first(one.get("category_subtype"))
    title = titles.get((category, subtype))
    if title:
        return title
    from fitdecode.profile import FIELD_TYPES

    names = FIELD_TYPES.get(f"{category}_exercise_name")
    name = names.enum.get(subtype) if names is not None and subtype is not None else None
    return words(name or category or "unknown")


def _first(value: object) -> Any:
    """First known element of an array field; a field with one element is that element."""
    if isinstance(value, tuple | list):
        return next((one for one in value if one is not None), None)
    return value


def words(name: object) -> str:
    """Name of the profile as words; a number is one that the profile lacks."""
    return "Workout" if not isinstance(name, str) else name.replace("_", " ").title()


def number_of(value: object) -> float | None:
    """A finite positive number; None for everything else that a file may have there."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        return None
    return float(value)
