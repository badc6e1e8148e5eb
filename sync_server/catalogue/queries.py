"""SQL of the catalogue: search of built-in and own entries, single entries, downloads."""

from collections.abc import Sequence
from typing import Literal

import asyncpg
import orjson

from schema.ids import UserId
from sync_server.catalogue.downloads import Load, Span
from sync_server.catalogue.kinds import EntryKind
from sync_server.store.postgres import Connection

# Newest own records that a search considers: ids are usually UUIDv7.
MAX_OWN = 2000
MAX_OF_A_BARCODE = 100

# Rows are picked before their columns are read: a letter alone picks from thousands.
CANDIDATES = """
SELECT id, words, {columns}
FROM (SELECT id FROM {table} WHERE NOT retired {conditions}
      ORDER BY words = $1 DESC, starts_with(words, $1) DESC, {order} octet_length(words), id
      LIMIT $2) AS picked
JOIN {table} USING (id)
"""
# Prefix in inverted word order, as in lists; then the words in a row.
MULTI_WORD_RANKS = "words LIKE $3 DESC, words LIKE $4 DESC,"
LISTED = """
SELECT id, words, {columns} FROM {table}
WHERE NOT retired {conditions}
ORDER BY words, id
LIMIT $1
"""
SIMILAR_WORDS = """
SELECT vocabulary.word FROM unnest($2::text[]) AS query(word)
JOIN catalogue_words AS vocabulary ON vocabulary.word % query.word AND vocabulary.kind = $1
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


async def find_prefixes(
    connection: Connection, kind: EntryKind, query: str, filters: Sequence[str | None], limit: int
) -> list[asyncpg.Record]:
    """Entries in which every query word begins some word, the likeliest first."""
    # Words are letters and digits: there is no wildcard in them.
    patterns = [f"% {word}%" for word in query.split()]
    return await _fetch_candidates(connection, kind, "LIKE", query, patterns, filters, limit)


async def find_fuzzy(
    connection: Connection,
    kind: EntryKind,
    alternatives: Sequence[Sequence[str]],
    filters: Sequence[str | None],
    limit: int,
) -> list[asyncpg.Record]:
    """Entries with a prefix match of some alternative of every query word."""
    patterns = [f" (?:{'|'.join(words)})" for words in alternatives]
    query = " ".join(words[0] for words in alternatives)
    return await _fetch_candidates(connection, kind, "~", query, patterns, filters, limit)


async def list_filtered(
    connection: Connection, kind: EntryKind, filters: Sequence[str | None], limit: int
) -> list[asyncpg.Record]:
    """Entries that pass the filters, ordered by name."""
    conditions = kind.conditions(first=2)
    statement = LISTED.format(
        table=kind.table, columns=", ".join(kind.columns), conditions=conditions
    )
    return await connection.fetch(statement, limit, *filters)


async def _fetch_candidates(
    connection: Connection,
    kind: EntryKind,
    operator: Literal["LIKE", "~"],
    query: str,
    patterns: list[str],
    filters: Sequence[str | None],
    limit: int,
) -> list[asyncpg.Record]:
    *before, last = query.split()
    ranks = [f" {last}% {' '.join(before)}%", f"% {query}%"] if before else []
    statement = candidates(kind, operator, len(patterns))
    return await connection.fetch(statement, f" {query}", limit, *ranks, *patterns, *filters)


def candidates(kind: EntryKind, operator: Literal["LIKE", "~"], count: int) -> str:
    """Statement that searches by `count` words."""
    first = 5 if count > 1 else 3
    conditions = "".join(f" AND words {operator} ${first + number}" for number in range(count))
    return CANDIDATES.format(
        table=kind.table,
        columns=", ".join(kind.columns),
        conditions=conditions + kind.conditions(first + count),
        order=MULTI_WORD_RANKS if count > 1 else "",
    )


async def read_similar_words(
    connection: Connection, kind: EntryKind, words: list[str], swapped: list[str]
) -> list[str]:
    """Words of the catalogue similar to one of `words`, or equal to one of `swapped`."""
    rows = await connection.fetch(SIMILAR_WORDS, kind.name, words, swapped)
    return [row["word"] for row in rows]


async def read_own(
    connection: Connection, kind: EntryKind, user_id: UserId
) -> list[asyncpg.Record]:
    """Live records of the user, of the kind."""
    return await connection.fetch(READ_OWN, user_id, kind.name, MAX_OWN)


async def read_by_barcode(
    connection: Connection, user_id: UserId, barcodes: list[str]
) -> list[asyncpg.Record]:
    """The user's own live foods of a barcode, in any of its spellings, the last written first."""
    return await connection.fetch(READ_BARCODE, user_id, barcodes, MAX_OF_A_BARCODE)


async def read_loads(connection: Connection, kind: EntryKind) -> list[Load]:
    """Loaded data files, in order."""
    rows = await connection.fetch(
        "SELECT version, digest FROM catalogue_loads WHERE kind = $1 ORDER BY version", kind.name
    )
    return [Load(row["version"], row["digest"]) for row in rows]


async def read_document(connection: Connection, kind: EntryKind, span: Span) -> bytes:
    """The download of a span: JSON text with `entries` and the ids of those `removed`."""
    statement = DOCUMENT.format(table=kind.table, columns=", ".join(kind.download_columns))
    since = span.since.version if span.since else 0
    row = await connection.fetchrow(statement, since)
    assert row is not None
    head = {"version": span.version, "since": span.since and span.since.name}
    parts = f',"entries":{row["entries"]},"removed":{row["removed"]}}}'
    return orjson.dumps(head)[:-1] + parts.encode()


async def read_entry(connection: Connection, kind: EntryKind, id: str) -> str | None:
    """Entry as JSON text, possibly retired."""
    statement = ENTRY.format(table=kind.table, columns=", ".join(kind.download_columns))
    text: str | None = await connection.fetchval(statement, id)
    return text


async def count_entries(connection: Connection, kind: EntryKind) -> int:
    """Number of entries that are not retired."""
    statement = f"SELECT count(*) FROM {kind.table} WHERE NOT retired"
    count: int = await connection.fetchval(statement)
    return count
