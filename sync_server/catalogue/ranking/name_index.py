"""Index of the names of a catalogue or of a user: the best matches of a query."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from itertools import chain, islice, product

from sync_server.catalogue.ranking.match_score import match_score
from sync_server.catalogue.ranking.name_form import NameForm, form_of
from sync_server.catalogue.ranking.steps import Steps, result_of
from sync_server.catalogue.ranking.vocabulary import Vocabulary

# Scores: the exact name, then all words of the query in one name, below them misspelt ones.
EXACT, HIGHEST, LOWEST, FUZZY = 1.0, 0.99, 0.4, 0.4
OTHER_READING = 0.98
POPULARITY_SHARE = 0.35
# The most popular names that are scored; a letter alone begins words of thousands.
MAX_CANDIDATES = 120
MAX_FUZZY_WORDS = 8
MAX_READINGS = 24

Parts = list[list[str]]
Accept = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class IndexedName:
    """Name with its forms, each as the words of its parts, and its popularity, 0 to 1."""

    id: str
    name: str
    forms: list[Parts]
    popularity: float = 0.0
    brand: str = ""


Scored = list[tuple[float, IndexedName]]


@dataclass(frozen=True, slots=True)
class Found:
    """Names found, best first, with scores up to 1, and the words of the query in no name."""

    names: Scored
    unknown: list[str] = field(default_factory=list)


class NameIndex:
    """Names by their words; those with a greater popularity come first.

    Whatever takes long is there in steps, too. Positions of a word are a tuple, which garbage
    collections pass over: an index has tens of thousands.
    """

    def __init__(self, names: Iterable[IndexedName] = ()) -> None:
        self._names = list[IndexedName]()
        self._by_id = dict[str, IndexedName]()
        self._forms = list[list[NameForm] | None]()
        self._exact = dict[str, tuple[int, ...]]()
        self._positions = dict[str, tuple[int, ...]]()
        self._vocabulary = Vocabulary()
        result_of(self.fill(names))

    def fill(self, names: Iterable[IndexedName]) -> Steps[None]:
        """Take over the names of an empty index."""
        self._names = sorted(names, key=lambda name: (-name.popularity, len(name.name), name.id))
        self._by_id = {name.id: name for name in self._names}
        self._forms = [None] * len(self._names)
        exact, positions = self._exact, self._positions
        for position, name in enumerate(self._names):
            whole = " ".join(word for part in name.forms[0] for word in part)
            exact[whole] = (*exact.get(whole, ()), position)
            for word in {word for form in name.forms for part in form for word in part}:
                positions[word] = (*positions.get(word, ()), position)
            yield
        yield from self._vocabulary.fill(positions)

    def __len__(self) -> int:
        return len(self._names)

    def get(self, id: str) -> IndexedName | None:
        """Name of an entry."""
        return self._by_id.get(id)

    def strict(self, words: Sequence[str], limit: int, accept: Accept | None = None) -> Scored:
        """Names in which every word begins a word, best first.

        `accept` decides by its id if a name may be found.
        """
        return result_of(self.strict_steps(words, limit, accept))

    def strict_steps(
        self, words: Sequence[str], limit: int, accept: Accept | None = None
    ) -> Steps[Scored]:
        """The same in steps."""
        hits = _Hits(limit, accept)
        for position in self._exact.get(" ".join(words), ()):
            hits.add(position, self._names[position].id, EXACT)
        yield from self._score(words, 1.0, hits)
        for reading in self._vocabulary.readings(words)[:MAX_READINGS]:
            yield from self._score(reading, OTHER_READING, hits)
        return self._ranked(hits, 1.0)

    def similar(self, words: Sequence[str], limit: int, accept: Accept | None = None) -> Found:
        """Names in which every word resembles one; words that resemble none are left out."""
        return result_of(self.similar_steps(words, limit, accept))

    def similar_steps(
        self, words: Sequence[str], limit: int, accept: Accept | None = None
    ) -> Steps[Found]:
        """The same in steps."""
        hits, similar = _Hits(limit, accept), dict[str, dict[str, float]]()
        for word in words[:MAX_FUZZY_WORDS]:
            similar[word] = yield from self._similar(word, words)
        alternatives = [others for others in similar.values() if others]
        readings = islice(product(*alternatives), MAX_READINGS) if alternatives else ()
        for reading in readings:
            likeness = [others[word] for word, others in zip(reading, alternatives, strict=True)]
            yield from self._score(reading, sum(likeness) / len(similar), hits)
        unknown = [word for word, others in similar.items() if not others]
        return Found(self._ranked(hits, FUZZY), unknown)

    def _similar(self, word: str, words: Sequence[str]) -> Steps[dict[str, float]]:
        if self._vocabulary.has_beginning(word):
            return {word: 1.0}
        for reading in self._vocabulary.readings(words):
            # A word that a reading joins or splits is known.
            if word not in reading:
                return {word: 1.0}
        return (yield from self._vocabulary.similar_steps(word))

    def _score(self, words: Sequence[str], factor: float, hits: "_Hits") -> Steps[None]:
        """Add the names of a reading with their scores times `factor`."""
        for position in self._candidates(words):
            yield
            popularity = self._names[position].popularity
            if factor * _score_of(1.0, popularity) <= hits.min_score:
                # The others are less popular.
                break
            match = 0.0
            for form in self._forms_of(position):
                match = max(match, match_score(words, form))
            if match:
                hits.add(position, self._names[position].id, factor * _score_of(match, popularity))

    def _candidates(self, words: Sequence[str]) -> list[int]:
        """Places of names with all words, the most popular first."""
        found: set[int] | None = None
        for word in sorted(words, key=len, reverse=True):
            positions = set(
                chain.from_iterable(
                    self._positions[whole] for whole in self._vocabulary.starting_with(word)
                )
            )
            found = positions if found is None else found & positions
        return sorted(found or ())[:MAX_CANDIDATES]

    def _forms_of(self, position: int) -> list[NameForm]:
        forms = self._forms[position]
        if forms is None:
            self._forms[position] = forms = [
                form_of(parts) for parts in self._names[position].forms
            ]
        return forms

    def _ranked(self, hits: "_Hits", factor: float) -> Scored:
        positions = sorted(hits.scores, key=lambda position: (-hits.scores[position], position))
        return [
            (factor * hits.scores[position], self._names[position])
            for position in positions[: hits.limit]
        ]


class _Hits:
    """Scores of positions, and the lowest score among the best `limit` ones."""

    def __init__(self, limit: int, accept: Accept | None) -> None:
        self.limit, self._accept = limit, accept
        self.scores: dict[int, float] = {}
        self._best: list[float] = []

    @property
    def min_score(self) -> float:
        """Score that a further name must exceed."""
        return self._best[0] if len(self._best) == self.limit else 0.0

    def add(self, position: int, id: str, score: float) -> None:
        """Add a name, or raise its score."""
        if position in self.scores:
            self.scores[position] = max(self.scores[position], score)
        elif self._accept is None or self._accept(id):
            self.scores[position] = score
            if len(self._best) < self.limit:
                heappush(self._best, score)
            else:
                heappushpop(self._best, score)


def _score_of(match: float, popularity: float) -> float:
    mean = (1 - POPULARITY_SHARE) * match + POPULARITY_SHARE * popularity
    return LOWEST + (HIGHEST - LOWEST) * mean
