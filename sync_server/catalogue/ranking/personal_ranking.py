"""Ranking of a user's own and logged names, which come before the built-in ones."""

from collections.abc import Mapping, Sequence

from sync_server.catalogue.ranking.name_form import split_name
from sync_server.catalogue.ranking.name_index import (
    Accept,
    Found,
    IndexedName,
    NameIndex,
    Parts,
    Scored,
)
from sync_server.catalogue.ranking.steps import Steps

# A name of 200 characters may have a hundred words.
MAX_WORDS_OF_A_NAME = 24
# An entry that was never logged, as an own food that is new; logs add up to as much again. Days
# with a log, the older ones counting less, that add half of it.
UNLOGGED_POPULARITY = 0.5
HALF_GAIN_DAYS = 2.0


def personal_name(
    id: str, name: str, brand: str | None, popularity: float = UNLOGGED_POPULARITY
) -> IndexedName:
    """Own name; the brand is a further part of it."""
    return IndexedName(id, name, _forms(name, brand), popularity, brand or "")


def _forms(name: str, brand: str | None) -> list[Parts]:
    left = MAX_WORDS_OF_A_NAME
    parts = []
    for part in (*split_name(name), *split_name(brand or "")):
        parts.append(part[:left])
        left -= len(parts[-1])
        if left <= 0:
            break
    return [parts] if parts else []


def personal_popularity(days_by_id: Mapping[str, float]) -> dict[str, float]:
    """Popularity by id, from days with a log."""
    return {
        id: UNLOGGED_POPULARITY + (1 - UNLOGGED_POPULARITY) * days / (days + HALF_GAIN_DAYS)
        for id, days in days_by_id.items()
    }


def personal_index(
    own: Mapping[str, IndexedName], popularity: Mapping[str, float], built_in: NameIndex
) -> Steps[NameIndex]:
    """Index of own names, and of the built-in ones that were logged."""
    used = [
        IndexedName(id, found.name, found.forms, value)
        for id, value in popularity.items()
        if id not in own and (found := built_in.get(id))
    ]
    index = NameIndex()
    yield from index.fill([*(name for name in own.values() if name.forms), *used])
    return index


def find_names(
    personal: NameIndex,
    built_in: NameIndex,
    words: Sequence[str],
    limit: int,
    accept: Accept | None = None,
) -> Steps[Found]:
    """Hits of both indexes: names with all words, else similar ones, else with some words."""
    exact = yield from find_exact_names(personal, built_in, words, limit, accept)
    if exact:
        return Found(exact)
    own = yield from personal.similar_steps(words, limit, accept)
    all = yield from built_in.similar_steps(words, limit, accept)
    if own.names and not own.unknown and all.unknown:
        # An own name resembles the whole query: there is no need to leave words out.
        return own
    unknown = [word for word in all.unknown if word in own.unknown]
    mine = own.names if len(own.unknown) <= len(all.unknown) else []
    return Found(_joined(mine, all.names, limit), unknown)


def find_exact_names(
    personal: NameIndex,
    built_in: NameIndex,
    words: Sequence[str],
    limit: int,
    accept: Accept | None = None,
) -> Steps[Scored]:
    """Names of both indexes in which every word begins a word."""
    mine = yield from personal.strict_steps(words, limit, accept)
    others = yield from built_in.strict_steps(words, limit, accept)
    return _joined(mine, others, limit)


def _joined(mine: Scored, others: Scored, limit: int) -> Scored:
    """Own and logged names, then built-in ones, each once; the best first in both groups."""
    ids = {name.id for _, name in mine}
    return [*mine, *(each for each in others if each[1].id not in ids)][:limit]
