"""Search for foods and exercises: the user's own first, then the built-in ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import asyncpg
import orjson

from schema.ids import UserId
from sync_server.catalogue import queries
from sync_server.catalogue.kinds import EntryKind, Fields
from sync_server.catalogue.parameters import SearchQuery
from sync_server.catalogue.scoring import (
    FuzzyMatches,
    Score,
    fuzzy_matches,
    fuzzy_score,
    prefix_scorer,
)
from sync_server.catalogue.words import normalize_words, transpositions
from sync_server.store.postgres import Connection

Hit = dict[str, object]
Names = tuple[str, ...]
"""Normalized names of an entry, the longest last: it contains the words of the others."""

Own = tuple[Names, tuple[str, Fields]]
_Item = TypeVar("_Item")
# The database orders by rank and length only; the exact order is computed here.
CANDIDATES_A_HIT = 4


async def search_catalogue(
    connection: Connection, user_id: UserId, kind: EntryKind, query: SearchQuery
) -> list[Hit]:
    """Hits, best first; fuzzy matches only if there are no prefix matches."""
    own = await _read_own(connection, user_id, kind, query)
    search = CatalogueSearch(connection, kind, query)
    words = query.words
    if words is None:
        hits = await search.filtered(own)
    elif not words:
        hits = []
    else:
        hits = await search.prefix_hits(own, words)
        if not hits and " " in words:
            # `Dead lift` for `Deadlift`.
            hits = await search.prefix_hits(own, words.replace(" ", ""))
        if not hits:
            hits = await search.fuzzy_hits(own, words)
    return hits[: query.limit]


@dataclass(frozen=True, slots=True)
class CatalogueSearch:
    """Search of one query in the catalogue and in the user's own records."""

    connection: Connection
    kind: EntryKind
    query: SearchQuery

    async def filtered(self, own: list[Own]) -> list[Hit]:
        """Hits that pass the filters, by name."""
        hits = self._own(own, _equal_score)
        if not self._excludes_built_in:
            limit = self.query.limit
            rows = await queries.list_filtered(self.connection, self.kind, self._filters, limit)
            hits += self._built_in(rows, _equal_score)
        return hits

    async def prefix_hits(self, own: list[Own], words: str) -> list[Hit]:
        """Prefix matches: every query word begins some word of the name."""
        score = prefix_scorer(words)
        hits = self._own(own, score)
        if len(hits) < self.query.limit and not self._excludes_built_in:
            rows = await queries.find_prefixes(
                self.connection, self.kind, words, self._filters, self._max_candidates
            )
            hits += self._built_in(rows, score)
        return hits

    async def fuzzy_hits(self, own: list[Own], words: str) -> list[Hit]:
        """Fuzzy matches: every query word resembles some word of the name."""
        alternatives = _alternatives(
            words, {word for names, _ in own for word in names[-1].split()}
        )
        hits = self._own(own, partial(fuzzy_score, alternatives)) if all(alternatives) else []
        if self._excludes_built_in:
            return hits
        words_list = words.split()
        transposed = [other for word in words_list for other in transpositions(word)]
        similar = await queries.read_similar_words(
            self.connection, self.kind, words_list, transposed
        )
        alternatives = _alternatives(words, similar)
        if all(alternatives):
            rows = await queries.find_fuzzy(
                self.connection,
                self.kind,
                [list(r) for r in alternatives],
                self._filters,
                self._max_candidates,
            )
            hits += self._built_in(rows, partial(fuzzy_score, alternatives))
        return hits

    @property
    def _excludes_built_in(self) -> bool:
        """True for a query by barcode: built-in entries have none."""
        return self.query.barcodes is not None

    @property
    def _filters(self) -> list[str | None]:
        return self.kind.values(self.query.filters)

    @property
    def _max_candidates(self) -> int:
        return CANDIDATES_A_HIT * self.query.limit

    def _own(self, own: list[Own], score: Score) -> list[Hit]:
        best = _ranked(own, score)[: self.query.limit]
        return [self.kind.own_hit(id, data, figure) for figure, (id, data) in best]

    def _built_in(self, rows: Iterable[asyncpg.Record], score: Score) -> list[Hit]:
        best = _ranked([((row["words"].strip(),), row) for row in rows], score)
        limit = self.query.limit
        return [self.kind.built_in_hit(row, figure) for figure, row in best[:limit]]


async def _read_own(
    connection: Connection, user_id: UserId, kind: EntryKind, query: SearchQuery
) -> list[Own]:
    if query.barcodes is None:
        rows = await queries.read_own(connection, kind, user_id)
    else:
        rows = await queries.read_by_barcode(connection, user_id, query.barcodes)
    filters = query.filters
    records = [(row["id"], orjson.loads(row["data"])) for row in rows]
    return [
        (_names(data["name"], data.get("brand", "")), (id, data))
        for id, data in records
        if not filters or kind.passes(data, filters)
    ]


def _names(name: str, brand: str) -> Names:
    words = normalize_words(name)
    return (words, f"{words} {normalize_words(brand)}") if brand else (words,)


def _alternatives(words: str, vocabulary: Iterable[str]) -> list[FuzzyMatches]:
    similar = list(vocabulary)
    return [fuzzy_matches(word, similar) for word in words.split()]


def _equal_score(_name: str) -> float:
    return 1.0


def _ranked(named: Iterable[tuple[Names, _Item]], score: Score) -> list[tuple[float, _Item]]:
    """Items with a positive score, best first; of equals the shorter name first."""
    scored = []
    for names, hits in named:
        # The longest name contains the words of all others.
        if figure := score(names[-1]):
            scored.append((max(figure, score(names[0])), names[0], hits))
    scored.sort(key=lambda each: (-each[0], len(each[1]), each[1]))
    return [(figure, hits) for figure, _, hits in scored]
