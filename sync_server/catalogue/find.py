"""Finding foods and exercises: the user's own first, then the built-in ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import asyncpg
import orjson

from schema.ids import UserId
from sync_server.catalogue import queries
from sync_server.catalogue.kinds import Fields, Kind
from sync_server.catalogue.parameters import Question
from sync_server.catalogue.search import Meant, Score, matching, meant_by, meant_score
from sync_server.catalogue.words import plain, swaps
from sync_server.store.postgres import Connection

Hit = dict[str, object]
Names = tuple[str, ...]
"""The plain words that something goes by, the fullest last: they hold those of all the others."""

Own = tuple[Names, tuple[str, Fields]]
_Found = TypeVar("_Found")
# The database orders by rank and length only; among so many the finer order is found here.
CANDIDATES_A_HIT = 4


async def find(
    connection: Connection, user_id: UserId, kind: Kind, question: Question
) -> list[Hit]:
    """The hits, best first; a word is taken for a mistyped one only when nothing else is found."""
    own = await _read_own(connection, user_id, kind, question)
    search = Search(connection, kind, question)
    words = question.words
    if words is None:
        found = await search.listed(own)
    elif not words:
        found = []
    else:
        found = await search.matching(own, words)
        if not found and " " in words:
            # `Dead lift` for `Deadlift`.
            found = await search.matching(own, words.replace(" ", ""))
        if not found:
            found = await search.meant(own, words)
    return found[: question.limit]


@dataclass(frozen=True, slots=True)
class Search:
    """A question put to the database and to the user's own."""

    connection: Connection
    kind: Kind
    question: Question

    async def listed(self, own: list[Own]) -> list[Hit]:
        """All that pass the filters, by name."""
        hits = self._own(own, _all_alike)
        if not self._only_own:
            limit = self.question.limit
            rows = await queries.list_filtered(self.connection, self.kind, self._filters, limit)
            hits += self._built_in(rows, _all_alike)
        return hits

    async def matching(self, own: list[Own], words: str) -> list[Hit]:
        """Those with a word that begins so for each word asked."""
        score = matching(words)
        hits = self._own(own, score)
        if len(hits) < self.question.limit and not self._only_own:
            rows = await queries.find_beginnings(
                self.connection, self.kind, words, self._filters, self._most
            )
            hits += self._built_in(rows, score)
        return hits

    async def meant(self, own: list[Own], words: str) -> list[Hit]:
        """Those with a word that each word asked may have been meant for."""
        readings = _readings(words, {word for names, _ in own for word in names[-1].split()})
        hits = self._own(own, partial(meant_score, readings)) if all(readings) else []
        if self._only_own:
            return hits
        asked = words.split()
        swapped = [other for word in asked for other in swaps(word)]
        known = await queries.read_meant(self.connection, self.kind, asked, swapped)
        readings = _readings(words, known)
        if all(readings):
            rows = await queries.find_readings(
                self.connection, self.kind, [list(r) for r in readings], self._filters, self._most
            )
            hits += self._built_in(rows, partial(meant_score, readings))
        return hits

    @property
    def _only_own(self) -> bool:
        """Whether no built-in entry can be meant: none has a barcode."""
        return self.question.barcodes is not None

    @property
    def _filters(self) -> list[str | None]:
        return self.kind.values(self.question.filters)

    @property
    def _most(self) -> int:
        return CANDIDATES_A_HIT * self.question.limit

    def _own(self, own: list[Own], score: Score) -> list[Hit]:
        best = _ranked(own, score)[: self.question.limit]
        return [self.kind.own_hit(id, data, figure) for figure, (id, data) in best]

    def _built_in(self, rows: Iterable[asyncpg.Record], score: Score) -> list[Hit]:
        best = _ranked([((row["words"].strip(),), row) for row in rows], score)
        limit = self.question.limit
        return [self.kind.built_in_hit(row, figure) for figure, row in best[:limit]]


async def _read_own(
    connection: Connection, user_id: UserId, kind: Kind, question: Question
) -> list[Own]:
    if question.barcodes is None:
        rows = await queries.read_own(connection, kind, user_id)
    else:
        rows = await queries.read_by_barcode(connection, user_id, question.barcodes)
    filters = question.filters
    records = [(row["id"], orjson.loads(row["data"])) for row in rows]
    return [
        (_names(data["name"], data.get("brand", "")), (id, data))
        for id, data in records
        if not filters or kind.passes(data, filters)
    ]


def _names(name: str, brand: str) -> Names:
    words = plain(name)
    return (words, f"{words} {plain(brand)}") if brand else (words,)


def _readings(words: str, vocabulary: Iterable[str]) -> list[Meant]:
    known = list(vocabulary)
    return [meant_by(word, known) for word in words.split()]


def _all_alike(_name: str) -> float:
    return 1.0


def _ranked(named: Iterable[tuple[Names, _Found]], score: Score) -> list[tuple[float, _Found]]:
    """What scores at all with its score, best first; of equals the shorter name first."""
    scored = []
    for names, found in named:
        # What is not in the fullest name is in none.
        if figure := score(names[-1]):
            scored.append((max(figure, score(names[0])), names[0], found))
    scored.sort(key=lambda each: (-each[0], len(each[1]), each[1]))
    return [(figure, found) for figure, _, found in scored]
