"""Which foods and exercises of the user or the catalogue a draft may mean."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from schema.ids import UserId
from sync_server.catalogue.find import find
from sync_server.catalogue.kinds import EXERCISES, FOODS, Kind
from sync_server.catalogue.parameters import MOST_WORDS, Question
from sync_server.catalogue.search import MEANT
from sync_server.catalogue.sources import SOURCES
from sync_server.catalogue.words import plain
from sync_server.imports.exercise_matching import match as imports
from sync_server.imports.queries import read_catalogue, read_own_exercises
from sync_server.store.postgres import Connection

MOST_MATCHES = 3
Match = dict[str, Any]

# Where not all words are in one name, names that share the most letters are offered, blanks aside:
# engines lose some (`Lateralraise`). Scores as of a search's mistyped words, below 0.4.
ALIKE = """
SELECT id, source, name,
       round((0.4 * similarity(replace(words, ' ', ''), $1))::numeric, 3)::float8 AS score
FROM {table} WHERE NOT retired AND replace(words, ' ', '') % $1
ORDER BY score DESC, octet_length(words), id LIMIT $2
"""


async def food_matches(
    connection: Connection, user_id: UserId, names: Iterable[str]
) -> dict[str, list[Match]]:
    """The likeliest foods of each name, best first."""
    return await _matches(connection, user_id, FOODS, names)


async def exercise_matches(
    connection: Connection, user_id: UserId, names: Iterable[str]
) -> dict[str, list[Match]]:
    """The likeliest exercises of each name, best first.

    What an import would take the name for comes before what a search finds: of all bench presses,
    `Bench press` means the one with a barbell.
    """
    known = imports.ExerciseMatcher(
        await read_own_exercises(connection, user_id), await read_catalogue(connection)
    )
    found = await _matches(connection, user_id, EXERCISES, names)
    for name, matches in found.items():
        meant = known.match(name, "")
        if meant is not None:
            first = _meant(meant)
            others = [match for match in matches if match["id"] != first["id"]]
            found[name] = [first, *others][:MOST_MATCHES]
    return found


async def _matches(
    connection: Connection, user_id: UserId, kind: Kind, names: Iterable[str]
) -> dict[str, list[Match]]:
    return {name: await _of_one(connection, user_id, kind, name) for name in set(names)}


async def _of_one(connection: Connection, user_id: UserId, kind: Kind, name: str) -> list[Match]:
    words = " ".join(plain(name).split()[:MOST_WORDS])
    if not words:
        return []
    hits = await find(connection, user_id, kind, Question(words, MOST_MATCHES))
    found: list[Match] = [_match(hit) for hit in hits]
    if all(match["score"] < MEANT for match in found):
        squeezed = words.replace(" ", "")
        rows = await connection.fetch(ALIKE.format(table=kind.table), squeezed, MOST_MATCHES)
        found += [_match(dict(row)) for row in rows]
        # Each once, with the better of its scores.
        found.sort(key=itemgetter("score"))
        found = list({match["id"]: match for match in found}.values())[::-1]
    return found[:MOST_MATCHES]


def _meant(meant: imports.ExerciseMatch) -> Match:
    one = meant.exercise
    source = "own" if one.source == "own" else SOURCES["exercises"]["source"]
    return {"id": one.id, "source": source, "name": one.name, "score": meant.score}


def _match(hit: Mapping[str, Any]) -> Match:
    return {name: hit[name] for name in ("id", "source", "name", "score")}
