"""The commit of a batch by a statement for each table, under the user's lock.

For a database that takes no statement that writes several tables
(`StoreSettings.statements_write_several_tables`). Nothing but the lock keeps the head as it was
read.
"""

from sync_server.store.postgres import Connection, to_timestamp
from sync_server.sync.push.commit import ResolvedWrite, history_text, records_text

# The user is that of a row: the rows are then written on the node where that one is.
WRITE_RECORDS = """
INSERT INTO records (user_id, collection, id, version, clock, device_id, field_clocks, deleted,
                     day, parent_id, changed_at, data)
SELECT heads.user_id, changed.collection, changed.id, changed.version, changed.clock,
       changed.device_id, changed.field_clocks, changed.deleted, changed.day, changed.parent_id,
       $3, changed.data
FROM heads CROSS JOIN json_to_recordset($2::text::json) AS changed (
  collection text, id uuid, version bigint, clock bigint, device_id uuid, field_clocks json,
  deleted boolean, day date, parent_id uuid, data json)
WHERE heads.user_id = $1::text::uuid
ON CONFLICT (user_id, collection, id) DO UPDATE SET
  version = EXCLUDED.version, clock = EXCLUDED.clock, device_id = EXCLUDED.device_id,
  field_clocks = EXCLUDED.field_clocks, deleted = EXCLUDED.deleted, day = EXCLUDED.day,
  parent_id = EXCLUDED.parent_id, changed_at = EXCLUDED.changed_at, data = EXCLUDED.data
"""
READ_DEVICE_NAME = """
SELECT device_name FROM token_families WHERE user_id = $1::text::uuid AND id = $2::text::uuid
"""
WRITE_HISTORY = """
INSERT INTO history (user_id, collection, id, version, device_id, clock, why, replaced_at,
                     device_name, data)
SELECT heads.user_id, gone.collection, gone.id, gone.version, gone.device_id, gone.clock,
       gone.why, $3, $4::text, gone.data
FROM heads CROSS JOIN json_to_recordset($2::text::json) AS gone (
  collection text, id uuid, version bigint, device_id uuid, clock bigint, why text, data json)
WHERE heads.user_id = $1::text::uuid
ON CONFLICT DO NOTHING
RETURNING octet_length(data::text) AS size
"""
ADVANCE = """
UPDATE heads SET version = $2, records = $3, tombstones = $4, bytes = $5,
                 max_clock = greatest(max_clock, $6),
                 history_bytes = CASE WHEN $7::bigint IS NULL THEN history_bytes
                                 ELSE coalesce(history_bytes, 0) + $7 END
WHERE user_id = $1::text::uuid
"""
WRITE_CLOCK = """
INSERT INTO device_clocks (user_id, device_id, offset_us, offset_at, last_sent, last_corrected)
VALUES ($1::text::uuid, $2::text::uuid, $3, $4, $5, $6)
ON CONFLICT (user_id, device_id) DO UPDATE SET
  offset_us = EXCLUDED.offset_us, offset_at = EXCLUDED.offset_at,
  last_sent = EXCLUDED.last_sent, last_corrected = EXCLUDED.last_corrected
"""
WRITE_RESPONSE = """
INSERT INTO idempotency_keys (user_id, key, fingerprint, status, body, created_at)
VALUES ($1::text::uuid, $2, $3, $4, $5, $6)
"""


async def commit_locked(connection: Connection, write: ResolvedWrite) -> None:
    """Write the batch and its response; the caller's transaction has locked the user's head."""
    user_id, now = write.context.user_id, to_timestamp(write.context.now_us)
    records, usage, clock = write.batch.written.records, write.usage, write.batch.device_clock
    if records:
        await connection.execute(WRITE_RECORDS, user_id, records_text(write), now)
    size = await _write_history(connection, write) if write.replaced else None
    if records or size is not None:
        counts = (usage.records, usage.tombstones, usage.bytes) if usage else (None, None, None)
        greatest = max((record.clock for record in records.values()), default=None)
        await connection.execute(ADVANCE, user_id, write.batch.version, *counts, greatest, size)
    if clock:
        await connection.execute(
            WRITE_CLOCK, user_id, write.context.device_id, clock.offset, clock.offset_at,
            clock.last_sent, clock.last_corrected,
        )  # fmt: skip
    if key := write.key:
        result = write.result
        await connection.execute(
            WRITE_RESPONSE, user_id, key.text, key.fingerprint, result.response.status,
            result.stored, now,
        )  # fmt: skip


async def _write_history(connection: Connection, write: ResolvedWrite) -> int:
    """Store replaced values; the bytes of those that were not stored before."""
    user_id, now = write.context.user_id, to_timestamp(write.context.now_us)
    name = await connection.fetchval(READ_DEVICE_NAME, user_id, write.context.session_id)
    rows = await connection.fetch(WRITE_HISTORY, user_id, history_text(write.replaced), now, name)
    return sum(row["size"] for row in rows)
