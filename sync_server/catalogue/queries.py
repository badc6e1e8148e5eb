"""The SQL of the catalogue: search among the built-in entries, the user's own, single ones."""

from collections.abc import Sequence
from typing import Literal

import asyncpg
import orjson

from schema.ids import UserId
from sync_server.catalogue.downloads import Load, Span
from sync_server.catalogue.kinds import Kind
from sync_server.store.postgres import Connection

# The newest of the user's own that a search looks at: ids are UUIDv7 as a rule.
MOST_OWN = 2000
MOST_OF_A_BARCODE = 100

# Rows are picked before their columns are read: a letter alone picks from thousands.
CANDIDATES = """
SELECT id, words, {columns}
FROM (SELECT id FROM {table} WHERE NOT retired {conditions}
      ORDER BY words = $1 DESC, starts_with(words, $1) DESC, {order} octet_length(words), id
      LIMIT $2) AS picked
JOIN {table} USING (id)
"""
# The name's beginning turned about, as lists do it; the words in a row.
MORE_RANKS = "words LIKE $3 DESC, words LIKE $4 DESC,"
LISTED = """
SELECT id, words, {columns} FROM {table}
WHERE NOT retired {conditions}
ORDER BY words, id
LIMIT $1
"""
MEANT = """
SELECT held.word FROM unnest($2::text[]) AS asked(word)
JOIN catalogue_words AS held ON held.word % asked.word AND held.kind = $1
UNION
SELECT word FROM catalogue_words WHERE kind = $1 AND word = ANY($3::text[])
"""
READ_OWN = """
SELECT id, data FROM records
WHERE user_id = $1 AND collection = $2 AND NOT deleted
ORDER BY id DESC LIMIT $3
"""
READ_BARCODE = """
SELECT id, data FROM records
WHERE user_id = $1 AND collection = 'foods' AND NOT deleted
  AND ltrim(regexp_replace(data->>'barcode', '[^0-9]', '', 'g'), '0') = ANY($2::text[])
ORDER BY version DESC LIMIT $3
"""
# The database writes the JSON: Python would spend a tenth of a second on it.
DOCUMENT = """
SELECT (SELECT coalesce(json_agg(row_to_json(entry)), '[]')::text
        FROM (SELECT {columns} FROM {table}
              WHERE NOT retired AND version > $1 ORDER BY words, id) AS entry) AS entries,
       (SELECT coalesce(json_agg(id), '[]')::text
        FROM {table} WHERE retired AND version > $1 AND $1 > 0) AS removed
"""
ENTRY = """
SELECT row_to_json(entry)::text
FROM (SELECT {columns}, retired FROM {table} WHERE id = $1) AS entry
"""


async def find_beginnings(
    connection: Connection, kind: Kind, asked: str, filters: Sequence[str | None], limit: int
) -> list[asyncpg.Record]:
    """Entries with a word that begins so for each word asked, the likeliest first."""
    # Words are letters and digits: there is no wildcard in them.
    patterns = [f"% {word}%" for word in asked.split()]
    return await _find(connection, kind, "LIKE", asked, patterns, filters, limit)


async def find_readings(
    connection: Connection,
    kind: Kind,
    readings: Sequence[Sequence[str]],
    filters: Sequence[str | None],
    limit: int,
) -> list[asyncpg.Record]:
    """Entries with a word that begins as one of the readings of each word asked."""
    patterns = [f" (?:{'|'.join(words)})" for words in readings]
    asked = " ".join(words[0] for words in readings)
    return await _find(connection, kind, "~", asked, patterns, filters, limit)


async def list_filtered(
    connection: Connection, kind: Kind, filters: Sequence[str | None], limit: int
) -> list[asyncpg.Record]:
    """Entries that pass the filters, by name."""
    conditions = kind.conditions(first=2)
    statement = LISTED.format(
        table=kind.table, columns=", ".join(kind.columns), conditions=conditions
    )
    return await connection.fetch(statement, limit, *filters)


async def _find(
    connection: Connection,
    kind: Kind,
    operator: Literal["LIKE", "~"],
    asked: str,
    patterns: list[str],
    filters: Sequence[str | None],
    limit: int,
) -> list[asyncpg.Record]:
    *before, last = asked.split()
    ranks = [f" {last}% {' '.join(before)}%", f"% {asked}%"] if before else []
    statement = candidates(kind, operator, len(patterns))
    return await connection.fetch(statement, f" {asked}", limit, *ranks, *patterns, *filters)


def candidates(kind: Kind, operator: Literal["LIKE", "~"], count: int) -> str:
    """The statement that finds by so many words."""
    first = 5 if count > 1 else 3
    conditions = "".join(f" AND words {operator} ${first + number}" for number in range(count))
    return CANDIDATES.format(
        table=kind.table,
        columns=", ".join(kind.columns),
        conditions=conditions + kind.conditions(first + count),
        order=MORE_RANKS if count > 1 else "",
    )


async def read_meant(
    connection: Connection, kind: Kind, words: list[str], swapped: list[str]
) -> list[str]:
    """Words of the catalogue like one of these, or among those with letters exchanged."""
    rows = await connection.fetch(MEANT, kind.name, words, swapped)
    return [row["word"] for row in rows]


async def read_own(connection: Connection, kind: Kind, user_id: UserId) -> list[asyncpg.Record]:
    """The user's own live records of the kind."""
    return await connection.fetch(READ_OWN, user_id, kind.name, MOST_OWN)


async def read_by_barcode(
    connection: Connection, user_id: UserId, barcodes: list[str]
) -> list[asyncpg.Record]:
    """The user's own live foods of a barcode, in any of its spellings, the last written first."""
    return await connection.fetch(READ_BARCODE, user_id, barcodes, MOST_OF_A_BARCODE)


async def read_loads(connection: Connection, kind: Kind) -> list[Load]:
    """Every data file that was loaded, in order."""
    rows = await connection.fetch(
        "SELECT version, digest FROM catalogue_loads WHERE kind = $1 ORDER BY version", kind.name
    )
    return [Load(row["version"], row["digest"]) for row in rows]


async def read_document(connection: Connection, kind: Kind, span: Span) -> bytes:
    """The download of a span: JSON text with `entries` and the ids of those `removed`."""
    statement = DOCUMENT.format(table=kind.table, columns=", ".join(kind.downloaded))
    since = span.since.version if span.since else 0
    row = await connection.fetchrow(statement, since)
    assert row is not None
    head = {"version": span.version, "since": span.since and span.since.name}
    parts = f',"entries":{row["entries"]},"removed":{row["removed"]}}}'
    return orjson.dumps(head)[:-1] + parts.encode()


async def read_entry(connection: Connection, kind: Kind, id: str) -> str | None:
    """One entry as JSON text, a retired one too."""
    statement = ENTRY.format(table=kind.table, columns=", ".join(kind.downloaded))
    text: str | None = await connection.fetchval(statement, id)
    return text


async def count_entries(connection: Connection, kind: Kind) -> int:
    """How many entries a search can find."""
    statement = f"SELECT count(*) FROM {kind.table} WHERE NOT retired"
    count: int = await connection.fetchval(statement)
    return count
