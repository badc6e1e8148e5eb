"""FIT's numbers of exercises: a category and the number of a name in it, found by words; pure.

Garmin's profile has some 1,600 names, such as `BARBELL_BENCH_PRESS`. A name that has none gets the
unknown category and a number of its own; its title says what it is.
"""

import re
from enum import Enum
from functools import cache
from typing import NamedTuple

from fit_tool.profile import profile_type

_WORD = re.compile(r"[a-z0-9]+")
_CLASS_END = "ExerciseName"


class FitExercise(NamedTuple):
    """Numbers of an exercise in FIT files."""

    category: int
    name: int


def fit_exercises(names: list[str]) -> dict[str, FitExercise]:
    """Numbers of each name; those that the profile lacks are counted up."""
    known = _by_words()
    unknown = profile_type.ExerciseCategory.UNKNOWN.value
    found: dict[str, FitExercise] = {}
    for name in names:
        found[name] = known.get(_words(name)) or FitExercise(unknown, len(found))
    return found


@cache
def _by_words() -> dict[frozenset[str], FitExercise]:
    """Numbers by the words of the profile's names; of equal words the first."""
    found: dict[frozenset[str], FitExercise] = {}
    for category in profile_type.ExerciseCategory:
        title = category.name.title().replace("_", "")
        members: type[Enum] | None = getattr(profile_type, f"{title}{_CLASS_END}", None)
        for member in members or ():
            found.setdefault(_words(member.name), FitExercise(category.value, member.value))
    return found


def _words(name: str) -> frozenset[str]:
    """Words in any order, without plural endings: those of `Bench Press (Barbell)`, say."""
    found = _WORD.findall(name.casefold().replace("_", " "))
    return frozenset(it[:-1] if it.endswith("s") and not it.endswith("ss") else it for it in found)
