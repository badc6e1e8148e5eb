"""SQL of the history: what was replaced of a record, the trash, and what was deleted together."""

import datetime
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import orjson

from schema import COLLECTIONS
from schema.collection import Collection
from schema.ids import UserId
from sync_server.store.fenced_reads import Reads

TOGETHER_US = 60_000_000
"""Greatest difference of the clocks of two records that were deleted together."""

_COLUMNS = """history.collection, history.id::text, history.version, history.replaced_at,
       history.device_name, history.why, history.clock, history.device_id::text,
       history.data::text"""
_ORDER = "ORDER BY history.replaced_at DESC, history.version DESC, history.device_id DESC"
_AFTER = (
    " AND (history.replaced_at, history.version, history.device_id)"
    " < (${}::timestamptz, ${}::bigint, ${}::text::uuid)"
)

# A record with a natural key may have had other ids, which are its aliases now.
READ_IDS = """
WITH target AS (
  SELECT coalesce(
    (SELECT target_id FROM record_aliases
     WHERE user_id = $1::text::uuid AND collection = $2 AND id = $3::text::uuid),
    $3::text::uuid) AS id)
SELECT id::text, false AS is_former FROM target
UNION ALL
SELECT record_aliases.id::text, true FROM record_aliases
WHERE user_id = $1::text::uuid AND collection = $2 AND target_id = (SELECT id FROM target)
ORDER BY is_former
"""
HAS_RECORD = """
SELECT EXISTS (SELECT FROM records
               WHERE user_id = $1::text::uuid AND collection = $2 AND id = ANY($3::text[]::uuid[]))
"""
READ_HISTORY = f"""
SELECT {_COLUMNS}
FROM history
WHERE user_id = $1::text::uuid AND collection = $2 AND id = ANY($3::text[]::uuid[]){{after}}
{_ORDER} LIMIT {{limit}}
"""
READ_ENTRY = f"""
SELECT {_COLUMNS}
FROM history
WHERE user_id = $1::text::uuid AND collection = $2 AND id = ANY($3::text[]::uuid[])
  AND version = $4
{_ORDER} LIMIT 1
"""
# The last deletion of each record that is not live again.
READ_TRASH = f"""
SELECT {_COLUMNS}
FROM history
WHERE history.user_id = $1::text::uuid AND history.why = 'deleted'
  AND ($2::text IS NULL OR history.collection = $2){{after}}
  AND NOT EXISTS (
    SELECT FROM records
    WHERE records.user_id = $1::text::uuid AND records.collection = history.collection
      AND records.id = history.id AND NOT records.deleted)
  AND NOT EXISTS (
    SELECT FROM history AS later
    WHERE later.user_id = $1::text::uuid AND later.collection = history.collection
      AND later.id = history.id AND later.why = 'deleted' AND later.version > history.version)
{_ORDER} LIMIT {{limit}}
"""
READ_DELETED_TOGETHER = """
WITH RECURSIVE deleted_together AS (
  SELECT collection, id, clock, data::text
  FROM records
  WHERE user_id = $1::text::uuid AND collection = $2 AND id = $3::text::uuid AND deleted
  UNION ALL
  SELECT records.collection, records.id, records.clock, records.data::text
  FROM deleted_together
  JOIN unnest($4::text[], $5::text[]) AS owned (collection, owner)
    ON owned.owner = deleted_together.collection
  JOIN records
    ON records.user_id = $1::text::uuid AND records.parent_id = deleted_together.id
    AND records.collection = owned.collection AND records.deleted
    AND abs(records.clock - deleted_together.clock) <= $6
)
SELECT collection, id::text, data FROM deleted_together
WHERE (collection, id) <> ($2, $3::text::uuid)
"""


class HistoryEntry(NamedTuple):
    """Replaced values of a record; `data` is JSON text, the stamp is of their write.

    `replaced_at` is the time of the push, `device` the name of its session's device.
    """

    collection: str
    id: str
    version: int
    replaced_at: datetime.datetime
    device: str | None
    why: str
    clock: int
    device_id: str
    data: str

    def text(self, *, named: bool = False) -> str:
        """JSON text of the entry, of one in the trash with its record's collection and id."""
        name = {"collection": self.collection, "id": self.id} if named else {}
        members = name | {
            "version": self.version,
            "replaced_at": self.replaced_at,
            "device": self.device,
            "why": self.why,
            "clock": self.clock,
            "device_id": self.device_id,
            "data": orjson.Fragment(self.data),
        }
        return orjson.dumps(members, option=orjson.OPT_UTC_Z).decode()

    @property
    def position(self) -> tuple[datetime.datetime, int, str]:
        """Position in the order of entries."""
        return self.replaced_at, self.version, self.device_id


Position = tuple[datetime.datetime, int, str]


async def read_ids(
    connection: Reads, user_id: UserId, collection: Collection, id: str
) -> list[str]:
    """All ids under which a record is or was stored, its present one first."""
    if not collection.aliased:
        return [id]
    return [row[0] for row in await connection.fetch(READ_IDS, user_id, collection.name, id)]


async def read_history(
    connection: Reads,
    user_id: UserId,
    collection: str,
    ids: Sequence[str],
    limit: int,
    after: Position | None,
) -> list[HistoryEntry] | None:
    """A page of a record's history, the newest first; None if there is no such record."""
    entries = await _read_page(READ_HISTORY, connection, (user_id, collection, ids), limit, after)
    if entries or await connection.fetchval(HAS_RECORD, user_id, collection, ids):
        return entries
    return None


async def read_trash(
    connection: Reads,
    user_id: UserId,
    collection: str | None,
    limit: int,
    after: Position | None,
) -> list[HistoryEntry]:
    """A page of the deleted records, the last deleted first; None: of all collections."""
    return await _read_page(READ_TRASH, connection, (user_id, collection), limit, after)


async def read_entry(
    connection: Reads, user_id: UserId, collection: str, ids: Sequence[str], version: int
) -> HistoryEntry | None:
    """The entry of a record that has this version."""
    row = await connection.fetchrow(READ_ENTRY, user_id, collection, ids, version)
    return HistoryEntry(*row) if row else None


async def read_deleted_together(
    connection: Reads, user_id: UserId, collection: str, id: str
) -> list[tuple[str, str, str]]:
    """Collection, id and data of what was deleted with a record that it owned, parents first."""
    owned = list(_owned())
    rows = await connection.fetch(
        READ_DELETED_TOGETHER,
        user_id, collection, id, [name for name, _ in owned], [owner for _, owner in owned],
        TOGETHER_US,
    )  # fmt: skip
    return [(row[0], row[1], row[2]) for row in rows]


def _owned() -> Iterator[tuple[str, str]]:
    """Collections whose records are invisible without their parents, with the parents'."""
    for collection in COLLECTIONS.values():
        if owner := collection.owner or collection.parent_day:
            yield collection.name, owner


async def _read_page(
    statement: str,
    connection: Reads,
    arguments: Sequence[object],
    limit: int,
    after: Position | None,
) -> list[HistoryEntry]:
    numbers = range(len(arguments) + 1, len(arguments) + 4)
    page = statement.format(after=_AFTER.format(*numbers) if after else "", limit=limit)
    return [HistoryEntry(*row) for row in await connection.fetch(page, *arguments, *(after or ()))]
