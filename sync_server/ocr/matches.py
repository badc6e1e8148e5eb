"""Which foods and exercises of the user or the catalogue a draft may mean."""

from collections.abc import Iterable

from schema.ids import UserId
from sync_server.catalogue.find import find
from sync_server.catalogue.kinds import EXERCISES, FOODS, Kind
from sync_server.catalogue.parameters import MOST_WORDS, Question
from sync_server.catalogue.words import plain
from sync_server.store.postgres import Connection

MOST_MATCHES = 3
Match = dict[str, object]

# Where not all words of a dish are in one name, names that share the most letters are offered.
ALIKE = """
SELECT id, source, name, round((0.4 * similarity(words, $1))::numeric, 3)::float8 AS score
FROM {table} WHERE NOT retired AND words % $1
ORDER BY similarity(words, $1) DESC, octet_length(words), id LIMIT $2
"""


async def food_matches(
    connection: Connection, user_id: UserId, names: Iterable[str]
) -> dict[str, list[Match]]:
    """The likeliest foods of each name, best first."""
    return await _matches(connection, user_id, FOODS, names)


async def exercise_matches(
    connection: Connection, user_id: UserId, names: Iterable[str]
) -> dict[str, list[Match]]:
    """The likeliest exercises of each name, best first."""
    return await _matches(connection, user_id, EXERCISES, names)


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
    if not found:
        rows = await connection.fetch(ALIKE.format(table=kind.table), f" {words}", MOST_MATCHES)
        found = [_match(dict(row)) for row in rows]
    return found


def _match(hit: dict[str, object]) -> Match:
    return {name: hit[name] for name in ("id", "source", "name", "score")}
