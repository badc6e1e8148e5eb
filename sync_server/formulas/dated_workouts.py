"""Recordings with a day and no time, matched with the workouts of that day; pure."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from math import log

from sync_server.formulas.activity_families import WALKING, similar
from sync_server.formulas.recording import APP, HAND, Recording

Workout = list[Recording]
"""Recordings of one workout."""

MAX_RATIO, MAX_RATIO_OF_ONE = 1.35, 2.0
"""Ratios of lengths and of distances, at most; the second where nothing else is to choose from."""


def add_dated(dated: Iterable[Recording], workouts: list[Workout]) -> None:
    """Add recordings to the most similar workouts that their source lacks, else as new ones.

    Those whose family is known go first. Of the others one is added if a single workout is left
    that may be it.
    """
    for _, group in groupby(sorted(dated, key=_source), key=_source):
        left = list(group)
        for one, workout in _pairs([it for it in left if it.family is not None], workouts):
            workout.append(one)
            left.remove(one)
        unknown = [it for it in left if it.family is None]
        if len(unknown) == 1:
            may_be = _unnamed(unknown[0], workouts)
            if len(may_be) == 1:
                may_be[0].append(unknown[0])
                left.remove(unknown[0])
        workouts.extend([one] for one in left)


def _source(one: Recording) -> str:
    return one.source


def _pairs(
    dated: Sequence[Recording], workouts: Sequence[Workout]
) -> list[tuple[Recording, Workout]]:
    """Pairs of recordings and workouts, the most similar first, each used once."""
    candidates = [
        (place, number)
        for place, one in enumerate(dated)
        for number, workout in enumerate(workouts)
        if _lacks(workout, one)
        and any(it.family and similar(it.family, one.family or "") for it in workout)
    ]
    scored = []
    for place, number in candidates:
        rivals = sum(place == it[0] or number == it[1] for it in candidates)
        limit = MAX_RATIO_OF_ONE if rivals == 1 else MAX_RATIO
        difference = _difference(dated[place], workouts[number], limit)
        if difference is not None:
            scored.append((_logged(workouts[number]), difference, place, number))
    pairs: dict[int, int] = {}
    for _, _, place, number in sorted(scored):
        if place not in pairs and number not in pairs.values():
            pairs[place] = number
    return [(dated[place], workouts[number]) for place, number in pairs.items()]


def _unnamed(one: Recording, workouts: Iterable[Workout]) -> list[Workout]:
    """Workouts that a recording without a family may be; never walks, which phones record alone."""
    may_be = [
        it for it in workouts if _lacks(it, one) and any(each.family != WALKING for each in it)
    ]
    limit = MAX_RATIO_OF_ONE if len(may_be) == 1 else MAX_RATIO
    return [it for it in may_be if _difference(one, it, limit) is not None]


def _lacks(workout: Workout, one: Recording) -> bool:
    """True if the source has no recording of the workout."""
    return all(it.source != one.source for it in workout)


def _logged(workout: Workout) -> bool:
    """True for a workout that was logged by a person, who seldom logs it twice."""
    return any(it.recorder in (HAND, APP) for it in workout)


def _difference(one: Recording, workout: Workout, limit: float) -> float | None:
    """Difference of lengths and distances to the closest recording; None if it is too great."""
    found = [it for other in workout if (it := _distance(one, other, limit)) is not None]
    return min(found, default=None)


def _distance(one: Recording, other: Recording, limit: float) -> float | None:
    total = 0.0
    for value, other_value in (
        (one.length, other.length),
        (one.distance_m, other.distance_m),
    ):
        if value and other_value and min(value, other_value) > 0:
            ratio = abs(log(value / other_value))
            if ratio > log(limit):
                return None
            total += ratio
    return total
