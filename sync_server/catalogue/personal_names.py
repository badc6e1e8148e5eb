"""Personal index of a user: own names, and built-in ones that the user has logged.

Popularity is how often and how recently the user has logged an entry. An index is in the memory of
the process until one of the user's records changes.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakValueDictionary

import orjson

from schema.ids import UserId
from sync_server.catalogue.kinds import EntryKind
from sync_server.catalogue.queries import read_own_names, read_usage
from sync_server.catalogue.ranking.name_index import IndexedName, NameIndex
from sync_server.catalogue.ranking.personal_ranking import (
    UNLOGGED_POPULARITY,
    personal_index,
    personal_name,
    personal_popularity,
)
from sync_server.catalogue.ranking.steps import Steps
from sync_server.catalogue.worker import run_in_slices
from sync_server.store.fenced_reads import Reads

MAX_CACHED_NAMES = 50_000

_cache: "OrderedDict[tuple[UserId, str], PersonalIndex]" = OrderedDict()
# Searches of a user that come at once build an index once.
_builds: "WeakValueDictionary[tuple[UserId, str], asyncio.Lock]" = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class PersonalIndex:
    """Index at a version of the user's records; `own` are the ids of own records."""

    version: int
    index: NameIndex
    own: Mapping[str, IndexedName]


async def personal_names(
    connection: Reads, user_id: UserId, kind: EntryKind, version: int, built_in: NameIndex
) -> PersonalIndex:
    """Personal index of a kind; `version` is that of the user's last change."""
    key = user_id, kind.name
    cached = _cache.get(key)
    if cached is None or cached.version != version:
        async with _builds.setdefault(key, asyncio.Lock()):
            cached = _cache.get(key)
            if cached is None or cached.version != version:
                names = await read_own_names(connection, kind, user_id)
                usage = await read_usage(connection, kind, user_id)
                earlier = cached.own if cached else {}
                cached = await run_in_slices(_build(version, names, usage, earlier, built_in))
                _cache[key] = cached
                _shrink()
    _cache.move_to_end(key)
    return cached


def _build(
    version: int,
    names: str,
    usage: str,
    earlier: Mapping[str, IndexedName],
    built_in: NameIndex,
) -> Steps[PersonalIndex]:
    popularity = personal_popularity(orjson.loads(usage))
    rows: list[tuple[str, str, str | None]] = orjson.loads(names)
    own = dict[str, IndexedName]()
    for row in rows:
        own[row[0]] = _updated(row, earlier, popularity.get(row[0], UNLOGGED_POPULARITY))
        yield
    index = yield from personal_index(own, popularity, built_in)
    return PersonalIndex(version, index, own)


def _updated(
    row: tuple[str, str, str | None], earlier: Mapping[str, IndexedName], popularity: float
) -> IndexedName:
    """Own name, with the words of an earlier index where the name is the same."""
    id, name, brand = row
    known = earlier.get(id)
    if known is None or (known.name, known.brand) != (name, brand or ""):
        return personal_name(id, name, brand, popularity)
    return IndexedName(id, name, known.forms, popularity, known.brand)


def _shrink() -> None:
    """Remove the longest unused indexes above MAX_CACHED_NAMES names."""
    count = sum(len(each.index) for each in _cache.values())
    while count > MAX_CACHED_NAMES and len(_cache) > 1:
        _, removed = _cache.popitem(last=False)
        count -= len(removed.index)
