"""Index of exercises by the words of their names, for matches and for suggestions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sync_server.imports.exercise_matching.words import (
    EQUIPMENT,
    NameWords,
    name_words,
    normalize_name,
)

Source = Literal["own", "catalogue"]
EXACT_SCORE, ALIAS_SCORE, UNSTATED_EQUIPMENT_SCORE, FILLER_PENALTY = 1.0, 0.98, 0.9, 0.02
MIN_SCORE = 0.85
ANY_EQUIPMENT = (None, "", "other")
# A machine is another exercise, also where the record names no equipment.
STATIONARY = ("machine", "cable", EQUIPMENT["smithmachine"])
# Suggestions are for a person to choose from: their scores are below those of matches.
SUGGESTION_FACTOR, OTHER_EQUIPMENT_FACTOR, MIN_SUGGESTION = 0.84, 0.8, 0.3


@dataclass(frozen=True, slots=True)
class KnownExercise:
    """Candidate for a match: an own exercise or one of the catalogue."""

    id: str
    name: str
    source: Source
    equipment: str | None = None


@dataclass(frozen=True, slots=True)
class ExerciseMatch:
    """Matched exercise and its score, up to 1; `chosen` if it is the user's choice."""

    exercise: KnownExercise
    score: float
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class _Named:
    exercise: KnownExercise
    words: NameWords
    factor: float

    def score(self, query: NameWords) -> float:
        # An alias without equipment means that of the exercise, which is in its record or name.
        equipment = self.exercise.equipment or name_words(self.exercise.name).equipment
        return round(self.factor * score(query, self.words, equipment), 2)


class ExerciseIndex:
    """Exercises by id, name, further names and distinctive words."""

    def __init__(
        self, exercises: Iterable[KnownExercise], aliases: Mapping[str, Iterable[str]]
    ) -> None:
        self.by_id: dict[str, KnownExercise] = {}
        self.by_name: dict[str, KnownExercise] = {}
        self.by_alias: dict[str, KnownExercise] = {}
        self._by_words: dict[frozenset[str], list[_Named]] = {}
        for exercise in exercises:
            self.by_id[exercise.id] = exercise
            self.by_name.setdefault(normalize_name(exercise.name), exercise)
            self._add(exercise, exercise.name, EXACT_SCORE)
            for alias in aliases.get(exercise.name, ()):
                self.by_alias[alias] = exercise
                self._add(exercise, alias, ALIAS_SCORE)

    def _add(self, exercise: KnownExercise, name: str, factor: float) -> None:
        words = name_words(name)
        self._by_words.setdefault(words.distinctive, []).append(_Named(exercise, words, factor))

    def closest(self, name: str) -> ExerciseMatch | None:
        """The exercise of equal distinctive words; None for a tie."""
        query = name_words(name)
        if not query.distinctive:
            return None
        best: dict[str, tuple[float, KnownExercise]] = {}
        for named in self._by_words.get(query.distinctive, ()):
            found = named.score(query), named.exercise
            best[named.exercise.id] = max(
                best.get(named.exercise.id, found), found, key=lambda each: each[0]
            )
        scored = sorted(best.values(), key=lambda each: -each[0])
        if not scored or scored[0][0] < MIN_SCORE:
            return None
        if len(scored) > 1 and scored[1][0] == scored[0][0]:
            return None
        return ExerciseMatch(scored[0][1], scored[0][0])

    def similar(self, name: str) -> Iterable[ExerciseMatch]:
        """Exercises that share distinctive words, with scores below those of matches."""
        query = name_words(name)
        for words, candidates in self._by_words.items():
            shared = len(words & query.distinctive)
            if not shared:
                continue
            likeness = 2 * shared / (len(words) + len(query.distinctive))
            for named in candidates:
                equipment = named.words.equipment or named.exercise.equipment
                other = query.equipment and equipment and query.equipment != equipment
                factor = OTHER_EQUIPMENT_FACTOR if other else 1.0
                value = round(SUGGESTION_FACTOR * likeness * factor, 2)
                if value >= MIN_SUGGESTION:
                    yield ExerciseMatch(named.exercise, value)


def score(query: NameWords, known: NameWords, record_equipment: str | None) -> float:
    """Similarity, 0 to 1, of two names of equal distinctive words.

    `record_equipment` is the equipment in the known exercise's record, used if its
    name has none.
    """
    if query.distinctive != known.distinctive:
        return 0.0
    base = UNSTATED_EQUIPMENT_SCORE
    if query.equipment and query.equipment in (
        known.equipment,
        known.equipment or record_equipment,
    ):
        base = EXACT_SCORE
    elif known.equipment or (
        query.equipment and (query.equipment in STATIONARY or record_equipment not in ANY_EQUIPMENT)
    ):
        # `Dips` must not match the dip machine.
        return 0.0
    return round(base - FILLER_PENALTY * len(query.fillers ^ known.fillers), 2)
