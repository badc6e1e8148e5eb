"""Exercise matcher: strict, because a wrong match mixes the records of two exercises.

A name matches an exercise if the distinctive words of both are equal, in any order, and the
equipment does not differ. An exercise has further names from the apps; names in five languages are
translated first. An unmatched name becomes an own exercise of the user.
"""

from collections.abc import Iterable, Mapping

from sync_server.imports.exercise_matching.exercise_index import (
    ALIAS_SCORE,
    EXACT_SCORE,
    ExerciseIndex,
    ExerciseMatch,
    KnownExercise,
)
from sync_server.imports.exercise_matching.translate import translations
from sync_server.imports.exercise_matching.words import normalize_name
from sync_server.lookups.exercise_names import ALIASES, UNMATCHED

TRANSLATION_FACTOR = 0.97
MAX_SUGGESTIONS = 3


class ExerciseMatcher:
    """Index of the user's own exercises and the catalogue, for matching many names.

    `chosen` maps normalized names to the ids that the user chose for them, None for an exercise of
    its own.
    """

    def __init__(
        self,
        own: Iterable[KnownExercise],
        catalogue: Iterable[KnownExercise],
        chosen: Mapping[str, str | None] | None = None,
    ) -> None:
        self._own, self._catalogue = ExerciseIndex(own, {}), ExerciseIndex(catalogue, _aliases())
        self._chosen = chosen or {}

    def match(self, name: str, earlier_id: str) -> ExerciseMatch | None:
        """Match a name; `earlier_id` is the id of the exercise an earlier import created for it.

        The user's choice comes first. Of two with equal scores, the user's own exercise wins.
        """
        earlier = self._own.by_id.get(earlier_id)
        if normalize_name(name) in self._chosen:
            id = self._chosen[normalize_name(name)]
            exercise = self.get(id) if id else earlier
            if exercise is not None or id is None:
                return ExerciseMatch(exercise, EXACT_SCORE, True) if exercise else None
        if earlier is not None:
            return ExerciseMatch(earlier, EXACT_SCORE)
        match = self._match(name)
        if match is None:
            match = self._match_translated(name)
        return match

    def get(self, id: str) -> KnownExercise | None:
        """Own or built-in exercise of an id."""
        return self._own.by_id.get(id) or self._catalogue.by_id.get(id)

    def suggest(self, name: str) -> list[ExerciseMatch]:
        """Similar exercises for an unmatched name, the best first."""
        names = [name, *translations(name)]
        best: dict[str, ExerciseMatch] = {}
        for index in (self._own, self._catalogue):
            for each in names:
                for match in index.similar(each):
                    known = best.get(match.exercise.id)
                    if known is None or known.score < match.score:
                        best[match.exercise.id] = match
        ordered = sorted(best.values(), key=lambda match: (-match.score, match.exercise.name))
        return ordered[:MAX_SUGGESTIONS]

    def _match_translated(self, name: str) -> ExerciseMatch | None:
        """The exercise of all translations; None if they differ."""
        found = [match for each in translations(name) if (match := self._match(each))]
        if len({match.exercise.id for match in found}) != 1:
            return None
        score = round(max(match.score for match in found) * TRANSLATION_FACTOR, 2)
        return ExerciseMatch(found[0].exercise, score)

    def _match(self, name: str) -> ExerciseMatch | None:
        exact = self._own.by_name.get(normalize_name(name))
        if exact is None and normalize_name(name) in UNMATCHED:
            return self._own.closest(name)
        exact = exact or self._catalogue.by_name.get(normalize_name(name))
        if exact is not None:
            return ExerciseMatch(exact, EXACT_SCORE)
        alias = self._catalogue.by_alias.get(normalize_name(name))
        candidates = (
            self._own.closest(name),
            ExerciseMatch(alias, ALIAS_SCORE) if alias else None,
            self._catalogue.closest(name),
        )
        return max(filter(None, candidates), key=lambda match: match.score, default=None)


def _aliases() -> dict[str, list[str]]:
    aliases: dict[str, list[str]] = {}
    for alias, name in ALIASES.items():
        aliases.setdefault(name, []).append(alias)
    return aliases
