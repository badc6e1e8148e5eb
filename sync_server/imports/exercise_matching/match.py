"""Exercise matcher: strict, because a wrong match mixes the records of two exercises.

A name matches an exercise if the distinctive words of both are equal, in any order, and the
equipment does not differ; or if the list of aliases says so. An unmatched name becomes an own
exercise of the user.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sync_server.imports.exercise_matching.words import NameWords, name_words, normalize_name
from sync_server.lookups.exercise_names import ALIASES

Source = Literal["own", "catalogue"]
EXACT_SCORE, ALIAS_SCORE, UNSTATED_EQUIPMENT_SCORE, FILLER_PENALTY = 1.0, 0.98, 0.9, 0.02
MIN_SCORE = 0.85
ANY_EQUIPMENT = (None, "", "other")


@dataclass(frozen=True, slots=True)
class KnownExercise:
    """Candidate for a match: an own exercise or one of the catalogue."""

    id: str
    name: str
    source: Source
    equipment: str | None = None


@dataclass(frozen=True, slots=True)
class ExerciseMatch:
    """Matched exercise and its score, up to 1."""

    exercise: KnownExercise
    score: float


class ExerciseMatcher:
    """Index of the user's own exercises and the catalogue, for matching many names."""

    def __init__(self, own: Iterable[KnownExercise], catalogue: Iterable[KnownExercise]) -> None:
        self._own, self._catalogue = _Index(own), _Index(catalogue)

    def match(self, name: str, earlier_id: str) -> ExerciseMatch | None:
        """Match a name; `earlier_id` is the id of the exercise an earlier import created for it.

        Of two with equal scores, the user's own exercise wins.
        """
        earlier = self._own.by_id.get(earlier_id)
        if earlier is not None:
            return ExerciseMatch(earlier, EXACT_SCORE)
        for index in (self._own, self._catalogue):
            exact = index.by_name.get(normalize_name(name))
            if exact is not None:
                return ExerciseMatch(exact, EXACT_SCORE)
        alias = self._catalogue.by_name.get(normalize_name(ALIASES.get(normalize_name(name), "")))
        candidates = (
            self._own.closest(name),
            ExerciseMatch(alias, ALIAS_SCORE) if alias else None,
            self._catalogue.closest(name),
        )
        return max(filter(None, candidates), key=lambda match: match.score, default=None)


class _Index:
    def __init__(self, exercises: Iterable[KnownExercise]) -> None:
        self.by_id: dict[str, KnownExercise] = {}
        self.by_name: dict[str, KnownExercise] = {}
        self._by_words: dict[frozenset[str], list[tuple[KnownExercise, NameWords]]] = {}
        for exercise in exercises:
            self.by_id[exercise.id] = exercise
            self.by_name.setdefault(normalize_name(exercise.name), exercise)
            words = name_words(exercise.name)
            self._by_words.setdefault(words.distinctive, []).append((exercise, words))

    def closest(self, name: str) -> ExerciseMatch | None:
        """The exercise of equal distinctive words; None for a tie."""
        query = name_words(name)
        if not query.distinctive:
            return None
        scored = sorted(
            (
                (score(query, words, exercise.equipment), exercise.id, exercise)
                for exercise, words in self._by_words.get(query.distinctive, ())
            ),
            reverse=True,
        )
        if not scored or scored[0][0] < MIN_SCORE:
            return None
        if len(scored) > 1 and scored[1][0] == scored[0][0]:
            return None
        return ExerciseMatch(scored[0][2], scored[0][0])


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
    elif known.equipment or (query.equipment and record_equipment not in ANY_EQUIPMENT):
        # `Dips` must not match the dip machine.
        return 0.0
    return round(base - FILLER_PENALTY * len(query.fillers ^ known.fillers), 2)
