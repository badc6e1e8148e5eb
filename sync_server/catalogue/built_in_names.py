"""Index of the built-in names, one per loaded catalogue, in the memory of the process."""

import gc
import gzip
from collections import OrderedDict
from functools import lru_cache
from importlib.resources import files

import orjson

from sync_server.catalogue.kinds import EntryKind
from sync_server.catalogue.queries import read_names
from sync_server.catalogue.ranking.name_form import split_name
from sync_server.catalogue.ranking.name_index import IndexedName, NameIndex
from sync_server.catalogue.ranking.synonyms import synonymous
from sync_server.catalogue.worker import run_in_worker
from sync_server.lookups.exercise_names import ALIASES
from sync_server.store.fenced_reads import Reads

# Two kinds, and the catalogues of two releases during a deployment.
MAX_INDEXES = 4
# Of entries that are not in the file, as those of another catalogue.
UNKNOWN_POPULARITY = 0.3

_indexes: OrderedDict[tuple[str, str], NameIndex] = OrderedDict()


async def built_in_names(connection: Reads, kind: EntryKind, digest: str) -> NameIndex:
    """Index of a kind, built at the first search after a load; `digest` is that of the load."""
    key = kind.name, digest
    if key not in _indexes:
        # A load that ends here meanwhile costs a further build, no wrong hits.
        text = await read_names(connection, kind)
        await run_in_worker(_build, key, text)
        while len(_indexes) > MAX_INDEXES:
            _indexes.popitem(last=False)
    return _indexes[key]


def _build(key: tuple[str, str], text: str) -> None:
    """Index of a text, unless a search that came first has built it.

    Exempt from garbage collection: to walk its objects stops every request for some 50 ms.
    """
    if key in _indexes:
        return
    gc.disable()
    try:
        rows: list[tuple[str, str, str]] = orjson.loads(text)
        _indexes[key] = NameIndex(indexed_name(key[0], *row) for row in rows)
        del rows
        gc.freeze()
    finally:
        gc.enable()


def indexed_name(kind: str, id: str, source_id: str, name: str) -> IndexedName:
    """Built-in name with its synonyms, the apps' names for it, and its popularity."""
    parts = split_name(name)
    forms = [parts, *synonymous(kind, parts)]
    if kind == "exercises":
        forms += [split_name(alias) for alias in _aliases().get(name, ())]
    popularity = _popularity()[kind].get(source_id, UNKNOWN_POPULARITY)
    return IndexedName(id, name, forms, popularity)


@lru_cache(1)
def _popularity() -> dict[str, dict[str, float]]:
    """Popularity by kind and source id, made by `tools/make_popularity.py`."""
    packed = files("sync_server.catalogue") / "data" / "popularity.json.gz"
    popularity: dict[str, dict[str, float]] = orjson.loads(gzip.decompress(packed.read_bytes()))
    return popularity


@lru_cache(1)
def _aliases() -> dict[str, list[str]]:
    aliases: dict[str, list[str]] = {}
    for alias, name in ALIASES.items():
        aliases.setdefault(name, []).append(alias)
    return aliases
