"""Search for foods and exercises: the user's own and logged ones first, then the built-in ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import orjson

from schema.ids import UserId
from sync_server.catalogue import queries
from sync_server.catalogue.built_in_names import built_in_names
from sync_server.catalogue.kinds import EntryKind, Fields
from sync_server.catalogue.parameters import SearchQuery
from sync_server.catalogue.personal_names import personal_names
from sync_server.catalogue.ranking.name_index import IndexedName, NameIndex
from sync_server.catalogue.ranking.personal_ranking import find_names, personal_name
from sync_server.catalogue.words import normalize_words
from sync_server.catalogue.worker import run_in_slices, run_in_worker
from sync_server.store.fenced_reads import Reads
from sync_server.store.postgres import Connection

Hit = dict[str, object]
Scored = tuple[float, IndexedName]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits, best first, and the words of the query that no name has, as they were typed."""

    hits: list[Hit]
    unknown_words: list[str] = field(default_factory=list)


async def search_catalogue(
    connection: Connection, user_id: UserId, kind: EntryKind, query: SearchQuery
) -> list[Hit]:
    """Hits of a search, best first."""
    return (await search_names(connection, user_id, kind, query)).hits


async def search_names(
    connection: Reads, user_id: UserId, kind: EntryKind, query: SearchQuery
) -> SearchResult:
    """Hits and unknown words; misspelt words only if no name has all words."""
    search = CatalogueSearch(connection, user_id, kind, query)
    if query.barcodes is not None:
        return await search.by_barcode(query.barcodes)
    if query.words is None:
        return await search.by_filters()
    return await search.by_words(query.words.split())


@dataclass(frozen=True, slots=True)
class CatalogueSearch:
    """Search of one query in the catalogue and in the user's own records."""

    connection: Reads
    user_id: UserId
    kind: EntryKind
    query: SearchQuery

    async def by_words(self, words: Sequence[str]) -> SearchResult:
        """Names that have the words: logged ones, own ones, built-in ones."""
        if not words:
            return SearchResult([])
        digest, version = await queries.read_state(self.connection, self.kind, self.user_id)
        built_in = await built_in_names(self.connection, self.kind, digest)
        personal = await personal_names(self.connection, self.user_id, self.kind, version, built_in)
        accept = (await self._passing()).__contains__ if self.query.filters else None
        found = await run_in_slices(
            find_names(personal.index, built_in, words, self.query.limit, accept)
        )
        records = await queries.read_own_by_id(
            self.connection, self.kind, self.user_id,
            [name.id for _, name in found.names if name.id in personal.own],
        )  # fmt: skip
        own = {row["id"]: orjson.loads(row["data"]) for row in records}
        return SearchResult(await self._hits(found.names, own), self._typed(found.unknown))

    async def by_barcode(self, barcodes: list[str]) -> SearchResult:
        """Own foods of a barcode that have all words; built-in foods have none."""
        own = {
            row["id"]: orjson.loads(row["data"])
            for row in await queries.read_by_barcode(self.connection, self.user_id, barcodes)
        }
        names = [personal_name(id, data["name"], data.get("brand")) for id, data in own.items()]
        scored = [(1.0, name) for name in names]
        if self.query.words is not None:
            words = self.query.words.split()
            scored = NameIndex(names).strict(words, self.query.limit)
        return SearchResult(await self._hits(scored[: self.query.limit], own))

    async def by_filters(self) -> SearchResult:
        """Entries that pass the filters, own ones first, by name."""
        limit = self.query.limit
        own = await run_in_worker(self._own_passing, await self._read_own())
        by_name = sorted(own.items(), key=lambda each: (normalize_words(each[1]["name"]), each[0]))
        hits = [self.kind.own_hit(id, data, 1.0) for id, data in by_name[:limit]]
        if len(hits) < limit:
            filters = self.kind.values(self.query.filters)
            rows = await queries.list_filtered(self.connection, self.kind, filters, limit)
            hits += [self.kind.built_in_hit(row, 1.0) for row in rows]
        return SearchResult(hits[:limit])

    async def _read_own(self) -> str:
        return await queries.read_own(self.connection, self.kind, self.user_id)

    async def _passing(self) -> set[str]:
        """Ids of own and built-in entries that pass the filters."""
        filters = self.kind.values(self.query.filters)
        ids = await queries.read_filtered_ids(self.connection, self.kind, filters)
        own = await run_in_worker(self._own_passing, await self._read_own())
        return {*ids, *own}

    def _own_passing(self, text: str) -> dict[str, Fields]:
        records: list[tuple[str, Fields]] = orjson.loads(text)
        return {id: data for id, data in records if self.kind.passes(data, self.query.filters)}

    async def _hits(self, scored: Iterable[Scored], own: dict[str, Fields]) -> list[Hit]:
        scored = list(scored)
        ids = [name.id for _, name in scored if name.id not in own]
        rows = await queries.read_by_id(self.connection, self.kind, ids) if ids else []
        built_in = {row["id"]: row for row in rows}
        hits = []
        for score, name in scored:
            if name.id in own:
                hits.append(self.kind.own_hit(name.id, own[name.id], score))
            elif name.id in built_in:
                hits.append(self.kind.built_in_hit(built_in[name.id], score))
        return hits

    def _typed(self, words: Iterable[str]) -> list[str]:
        """Words as the user typed them."""
        typed: dict[str, str] = {}
        for text in self.query.text.split():
            for word in normalize_words(text).split():
                typed.setdefault(word, text)
        return [typed.get(word, word) for word in words]
