"""Suggested foods and exercises, own or of the catalogue, for the names of a draft."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from schema.ids import UserId
from sync_server.catalogue.barcode import spellings
from sync_server.catalogue.kinds import EXERCISES, FOODS, EntryKind
from sync_server.catalogue.parameters import MAX_WORDS, SearchQuery
from sync_server.catalogue.ranking.name_index import FUZZY
from sync_server.catalogue.search import search_catalogue
from sync_server.catalogue.sources import SOURCES
from sync_server.catalogue.words import normalize_words
from sync_server.imports.exercise_matching.exercise_index import ExerciseMatch
from sync_server.imports.exercise_matching.match import ExerciseMatcher
from sync_server.imports.queries import read_catalogue, read_own_exercises
from sync_server.store.postgres import Connection

MAX_SUGGESTIONS = 3
Suggestion = dict[str, Any]

# Without a name that contains all words: names of similar letters without blanks, since engines
# lose some (`Lateralraise`). Scores like a search's mistyped words, below 0.4.
SIMILAR_NAMES = """
SELECT id, source, name,
       round((0.4 * similarity(replace(words, ' ', ''), $1))::numeric, 3)::float8 AS score
FROM {table} WHERE NOT retired AND replace(words, ' ', '') % $1
ORDER BY score DESC, octet_length(words), id LIMIT $2
"""


async def suggest_foods(
    connection: Connection, user_id: UserId, names: Iterable[str]
) -> dict[str, list[Suggestion]]:
    """Suggested foods for each name, best first."""
    return await _matches(connection, user_id, FOODS, names)


async def suggest_exercises(
    connection: Connection, user_id: UserId, names: Iterable[str]
) -> dict[str, list[Suggestion]]:
    """Suggested exercises for each name, best first.

    The match of an import comes before the hits of a search: `Bench press` is the one with a
    barbell.
    """
    matcher = ExerciseMatcher(
        await read_own_exercises(connection, user_id), await read_catalogue(connection)
    )
    suggestions = await _matches(connection, user_id, EXERCISES, names)
    for name, matches in suggestions.items():
        match = matcher.match(name, "")
        if match is not None:
            first = _from_match(match)
            others = [match for match in matches if match["id"] != first["id"]]
            suggestions[name] = [first, *others][:MAX_SUGGESTIONS]
    return suggestions


async def foods_of_barcodes(
    connection: Connection, user_id: UserId, barcodes: Iterable[str]
) -> dict[str, list[Suggestion]]:
    """The user's own foods of each barcode, in any of its spellings."""
    return {
        barcode: [
            _from_hit(dict(row))
            for row in await search_catalogue(
                connection,
                user_id,
                FOODS,
                SearchQuery(None, MAX_SUGGESTIONS, barcodes=spellings(barcode)),
            )
        ]
        for barcode in barcodes
    }


async def _matches(
    connection: Connection, user_id: UserId, kind: EntryKind, names: Iterable[str]
) -> dict[str, list[Suggestion]]:
    return {name: await _of_one(connection, user_id, kind, name) for name in set(names)}


async def _of_one(
    connection: Connection, user_id: UserId, kind: EntryKind, name: str
) -> list[Suggestion]:
    words = " ".join(normalize_words(name).split()[:MAX_WORDS])
    if not words:
        return []
    hits = await search_catalogue(connection, user_id, kind, SearchQuery(words, MAX_SUGGESTIONS))
    suggestions: list[Suggestion] = [_from_hit(hit) for hit in hits]
    if all(match["score"] < FUZZY for match in suggestions):
        squeezed = words.replace(" ", "")
        group_rows = await connection.fetch(
            SIMILAR_NAMES.format(table=kind.table), squeezed, MAX_SUGGESTIONS
        )
        suggestions += [_from_hit(dict(row)) for row in group_rows]
        # Each id once, with its better score.
        suggestions.sort(key=itemgetter("score"))
        suggestions = list({match["id"]: match for match in suggestions}.values())[::-1]
    return suggestions[:MAX_SUGGESTIONS]


def _from_match(match: ExerciseMatch) -> Suggestion:
    exercise = match.exercise
    source = "own" if exercise.source == "own" else SOURCES["exercises"]["source"]
    return {"id": exercise.id, "source": source, "name": exercise.name, "score": match.score}


def _from_hit(hit: Mapping[str, Any]) -> Suggestion:
    return {name: hit[name] for name in ("id", "source", "name", "score")}
