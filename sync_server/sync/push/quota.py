"""Quotas of an account: live records, their bytes, tombstones.

The head row has the counters, which a write reads and stores with what it reads and stores anyway.
A write is rejected only if it adds to what is too much: a user at a quota can still
delete and shorten records. The history may have what the records leave of the bytes: it is the
first to go.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import Counter

from sync_server.config.settings import Config
from sync_server.store.postgres import Connection
from sync_server.sync.engine.batch import BatchResult
from sync_server.sync.engine.history import ReplacedValues
from sync_server.sync.push.snapshot import PushSnapshot
from sync_server.web.errors import QuotaExceeded

EXCEEDED = Counter(
    "trackforge_quota_exceeded_total", "Writes that were rejected because an account is full."
)
TOMBSTONES_PER_RECORD = 2
"""Quota of tombstones, as a multiple of that of records."""

# For a user of a release without counters, once.
COUNT_USAGE = """
UPDATE heads SET records = live, tombstones = dead, bytes = size
FROM (SELECT count(*) FILTER (WHERE NOT deleted) AS live, count(*) FILTER (WHERE deleted) AS dead,
             coalesce(sum(octet_length(data::text)), 0) AS size
      FROM records WHERE user_id = $1::text::uuid) AS counted
WHERE user_id = $1::text::uuid
"""
TRIM_REJECTED = """
DELETE FROM rejected_changes WHERE user_id = $1::text::uuid AND id IN (
  SELECT id FROM rejected_changes WHERE user_id = $1::text::uuid
  ORDER BY created_at DESC, id OFFSET $2)
"""
# A row that the clean-up has locked is gone soon: waiting for it could be a deadlock.
TRIM_HISTORY = """
WITH oldest AS (
  SELECT collection, id, version, device_id, octet_length(data::text) AS size
  FROM history WHERE user_id = $1::text::uuid
  ORDER BY replaced_at, version LIMIT $2 FOR UPDATE SKIP LOCKED
), trimmed AS (
  DELETE FROM history USING oldest
  WHERE history.user_id = $1::text::uuid AND history.collection = oldest.collection
    AND history.id = oldest.id AND history.version = oldest.version
    AND history.device_id = oldest.device_id
)
UPDATE heads SET history_bytes =
  greatest(history_bytes - (SELECT coalesce(sum(size), 0) FROM oldest), 0)
WHERE user_id = $1::text::uuid
RETURNING (SELECT count(*) FROM oldest), history_bytes
"""
TRIMMED_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Usage:
    """Stored amounts of a user."""

    records: int
    tombstones: int
    bytes: int

    def problem(self, before: "Usage", config: Config) -> str | None:
        """The reason why a write that led from `before` to here is rejected; None if it is not."""
        grown = self.records > before.records
        if grown and self.records > config.quotas.quota_records:
            return f"An account has at most {config.quotas.quota_records} records."
        if self.bytes > before.bytes and self.bytes > config.quotas.quota_bytes:
            return f"The records of an account have at most {config.quotas.quota_bytes} bytes."
        # The deletion of a record makes a tombstone too, and always has room.
        buried = self.tombstones > before.tombstones and self.records >= before.records
        limit = config.quotas.quota_records * TOMBSTONES_PER_RECORD
        if (grown or buried) and self.tombstones > limit:
            return f"An account has at most {limit} deleted records that are not purged yet."
        return None


def usage_after(snapshot: PushSnapshot, batch: BatchResult, config: Config) -> Usage | None:
    """Usage once the batch is written; raises QuotaExceeded.

    None for a user without counters, whose rows `keep_quotas` counts after the write.
    """
    if snapshot.head["records"] is None:
        return None
    before = Usage(*(snapshot.head[name] for name in ("records", "tombstones", "bytes")))
    records, tombstones, size = before.records, before.tombstones, before.bytes
    for key, record in batch.written.records.items():
        stored = snapshot.stored.get(key)
        if stored is not None:
            size -= _size(stored.data)
            records -= stored.live
            tombstones -= stored.deleted
        size += _size(record.data)
        records += record.live
        tombstones += record.deleted
    after = Usage(records, tombstones, size)
    problem = after.problem(before, config)
    if problem:
        EXCEEDED.inc()
        raise QuotaExceeded(f"{problem} Deletions have room.")
    return after


async def keep_quotas(
    connection: Connection, config: Config, user_id: str, batch: BatchResult, usage: Usage | None
) -> None:
    """Count the rows of a user without counters; of the rejected changes, keep the newest."""
    if usage is None:
        await connection.execute(COUNT_USAGE, user_id)
    if any(result.resolution.rejection for result in batch.results):
        await connection.execute(TRIM_REJECTED, user_id, config.quotas.quota_rejected_changes)


def history_size(snapshot: PushSnapshot, replaced: Sequence[ReplacedValues]) -> int:
    """Bytes of a user's history with these values."""
    before: int = snapshot.head["history_bytes"] or 0
    return before + sum(_size(values.data) for values in replaced)


async def trim_history(
    connection: Connection, config: Config, user_id: str, size: int, usage: Usage
) -> None:
    """Delete the oldest history of a user, of `size` bytes, as far as records need the room."""
    room, rows = config.quotas.quota_bytes - usage.bytes, TRIMMED_ROWS
    while size > max(room, 0) and rows == TRIMMED_ROWS:
        trimmed = await connection.fetchrow(TRIM_HISTORY, user_id, TRIMMED_ROWS)
        assert trimmed is not None
        rows, size = trimmed


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
