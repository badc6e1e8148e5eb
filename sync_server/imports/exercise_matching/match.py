"""Which exercise a name means: strict, because a wrong guess mixes two exercises' records.

A name is taken for an exercise when the words that tell exercises apart are the same on both
sides, whatever their order, and the equipment does not differ; or when the list of well-known
names says so. What is left becomes an exercise of the user's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sync_server.imports.exercise_matching.aliases import ALIASES
from sync_server.imports.exercise_matching.words import Words, same_name, words

Source = Literal["own", "catalogue"]
SURE, KNOWN, UNSAID, FILLER = 1.0, 0.98, 0.9, 0.02
LEAST = 0.85
UNNAMED = (None, "", "other")


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise that a name may mean."""

    id: str
    name: str
    source: Source
    equipment: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """An exercise and how sure it is, up to 1."""

    exercise: Exercise
    score: float


class Exercises:
    """The user's own exercises and the catalogue, ready to be asked for many names."""

    def __init__(self, own: Iterable[Exercise], catalogue: Iterable[Exercise]) -> None:
        self._own, self._catalogue = _Shelf(own), _Shelf(catalogue)

    def meant_by(self, name: str, earlier_id: str) -> Match | None:
        """What the name means; `earlier_id` is what an import makes of it.

        Of two that are equally sure, the user's own is meant.
        """
        earlier = self._own.by_id.get(earlier_id)
        if earlier is not None:
            return Match(earlier, SURE)
        for shelf in (self._own, self._catalogue):
            exact = shelf.by_name.get(same_name(name))
            if exact is not None:
                return Match(exact, SURE)
        alias = self._catalogue.by_name.get(same_name(ALIASES.get(same_name(name), "")))
        found = (
            self._own.closest(name),
            Match(alias, KNOWN) if alias else None,
            self._catalogue.closest(name),
        )
        return max(filter(None, found), key=lambda match: match.score, default=None)


class _Shelf:
    def __init__(self, exercises: Iterable[Exercise]) -> None:
        self.by_id: dict[str, Exercise] = {}
        self.by_name: dict[str, Exercise] = {}
        self._by_words: dict[frozenset[str], list[tuple[Exercise, Words]]] = {}
        for one in exercises:
            self.by_id[one.id] = one
            self.by_name.setdefault(same_name(one.name), one)
            taken_apart = words(one.name)
            self._by_words.setdefault(taken_apart.telling, []).append((one, taken_apart))

    def closest(self, name: str) -> Match | None:
        """The one exercise of the same words; None when two would do equally well."""
        asked = words(name)
        if not asked.telling:
            return None
        scored = sorted(
            (
                (score(asked, its, one.equipment), one.id, one)
                for one, its in self._by_words.get(asked.telling, ())
            ),
            reverse=True,
        )
        if not scored or scored[0][0] < LEAST:
            return None
        if len(scored) > 1 and scored[1][0] == scored[0][0]:
            return None
        return Match(scored[0][2], scored[0][0])


def score(asked: Words, known: Words, needs: str | None) -> float:
    """0 to 1: how far two names of the same telling words agree in the rest.

    `needs` is the equipment of the known one's record: it counts where its name has none.
    """
    if asked.telling != known.telling:
        return 0.0
    sure = UNSAID
    if asked.equipment and asked.equipment in (known.equipment, known.equipment or needs):
        sure = SURE
    elif known.equipment or (asked.equipment and needs not in UNNAMED):
        # `Dips` is not the dip machine, and a torso rotation on a machine not that with a ball.
        return 0.0
    return round(sure - FILLER * len(asked.fillers ^ known.fillers), 2)
