"""The SQL of pushes. The first parameter is always the user; time is always a parameter."""

from sync_server.store.postgres import FENCE, of_user
from sync_server.sync.engine.records import RECORD_COLUMNS

SEPARATOR = "\x1e"
# An array in a text: to encode an array of a thousand elements takes asyncpg some 5 ms.
_LISTED = "string_to_array({}::text, E'\\x1e')"
# Sent along with BEGIN, so that READ_FOR_PUSH takes its snapshot when the lock is held: else it
# would compare against rows that the previous holder has since changed.
LOCK_HEAD = "SELECT FROM heads WHERE user_id = '{user_id}' FOR UPDATE"

_READ_ALIASED = f"""
  UNION ALL
  SELECT found.*
  FROM unnest({_LISTED.format("$6")}, {_LISTED.format("$7")}::uuid[]) AS named (collection, id)
  CROSS JOIN LATERAL (
    SELECT {RECORD_COLUMNS}, named.id::text AS alias
    FROM records
    WHERE {of_user("records")} AND records.collection = named.collection
      AND records.id = (
        SELECT target_id FROM record_aliases
        WHERE {of_user("record_aliases")}
          AND record_aliases.collection = named.collection AND record_aliases.id = named.id)
    LIMIT 1
  ) AS found"""

# LATERAL with LIMIT pins a look-up per key. A plain join, once its plan is cached, may read all
# records of a user instead: 5 ms where this takes 0.2 (20,000 records, 50 keys).
_READ_FOR_PUSH = f"""
SELECT stored.*, heads.version AS head, heads.epoch, heads.purged_version,
       coalesce(heads.max_clock, 0) AS max_clock, devices.acked_version,
       heads.records, heads.tombstones, heads.bytes, heads.history_bytes,
       devices.acked::text AS acked,
       clocks.offset_us, clocks.offset_at, clocks.last_sent, clocks.last_corrected,
       responses.fingerprint, responses.body AS response
FROM {FENCE}
CROSS JOIN LATERAL (
  SELECT * FROM heads WHERE {of_user("heads")} LIMIT 1
) AS heads
LEFT JOIN LATERAL (
  SELECT acked_version, acked FROM devices
  WHERE {of_user("devices")} AND devices.device_id = $2::text::uuid LIMIT 1
) AS devices ON true
LEFT JOIN LATERAL (
  SELECT * FROM device_clocks
  WHERE {of_user("device_clocks")} AND device_clocks.device_id = $2::text::uuid LIMIT 1
) AS clocks ON true
LEFT JOIN LATERAL (
  SELECT fingerprint, body FROM idempotency_keys
  WHERE {of_user("idempotency_keys")} AND key = $3 LIMIT 1
) AS responses ON true
LEFT JOIN LATERAL (
  SELECT found.*
  FROM unnest({_LISTED.format("$4")}, {_LISTED.format("$5")}::uuid[]) AS named (collection, id)
  CROSS JOIN LATERAL (
    SELECT {RECORD_COLUMNS}, NULL::text AS alias
    FROM records
    WHERE {of_user("records")}
      AND records.collection = named.collection AND records.id = named.id
    LIMIT 1
  ) AS found{{aliased}}
) AS stored ON responses.fingerprint IS NULL
"""
READ_FOR_PUSH = _READ_FOR_PUSH.format(aliased="")
READ_WITH_ALIASES = _READ_FOR_PUSH.format(aliased=_READ_ALIASED)

# A batch is written if the user's head is still the one ($13 to $15: version, epoch, purged
# version) that the batch was resolved against; else nothing is, and no row is returned. Without a
# key ($5 null) no response is stored. The counters ($9 to $11) are null for a user of a release
# that had none. The clock of the device ($16 to $20) is stored if it has changed ($20 not null).
_HEAD = f"""
WITH head AS (
  SELECT heads.user_id
  FROM {FENCE}
  CROSS JOIN LATERAL (
    SELECT user_id FROM heads
    WHERE heads.user_id = fence.user_id AND version = $13 AND epoch = $14 AND purged_version = $15
    FOR UPDATE
  ) AS heads
  WHERE {{condition}}
)"""
_COMMIT = """, advanced AS (
  UPDATE heads SET version = $4, records = $9, tombstones = $10, bytes = $11,
                   max_clock = greatest(max_clock, $12){counted}
  FROM head WHERE heads.user_id = head.user_id AND version {changed} $4
), clocked AS (
  INSERT INTO device_clocks (user_id, device_id, offset_us, offset_at, last_sent, last_corrected)
  SELECT head.user_id, $16::text::uuid, $17::bigint, $18::bigint, $19::bigint, $20::bigint
  FROM head WHERE $20::bigint IS NOT NULL
  ON CONFLICT (user_id, device_id) DO UPDATE SET
    offset_us = EXCLUDED.offset_us, offset_at = EXCLUDED.offset_at,
    last_sent = EXCLUDED.last_sent, last_corrected = EXCLUDED.last_corrected
), answered AS (
  INSERT INTO idempotency_keys (user_id, key, fingerprint, status, body, created_at)
  SELECT head.user_id, $5::text, $6::bytea, $8::smallint, $7::bytea, $3
  FROM head WHERE $5::text IS NOT NULL
)
SELECT true FROM head
"""
# Values that lost ($21) are the same ones each time that a change is repeated.
_REPLACED = """, replaced AS (
  INSERT INTO history (user_id, collection, id, version, device_id, clock, why, replaced_at,
                       device_name, data)
  SELECT head.user_id, collection, id, version, device_id, clock, why, $3,
         (SELECT device_name FROM token_families
          WHERE token_families.user_id = head.user_id
            AND token_families.id = $22::text::uuid), data
  FROM head CROSS JOIN json_to_recordset($21::text::json) AS gone (
    collection text, id uuid, version bigint, device_id uuid, clock bigint, why text, data json)
  ON CONFLICT DO NOTHING
  RETURNING octet_length(data::text) AS size
)"""
_COUNTED = """,
    history_bytes = coalesce(history_bytes, 0) + (SELECT coalesce(sum(size), 0) FROM replaced)"""
_UPSERT = f"""{_HEAD.format(condition="true")}, written AS (
  INSERT INTO records (user_id, collection, id, version, clock, device_id, field_clocks, deleted,
                       day, parent_id, changed_at, data)
  SELECT head.user_id, collection, id, version, clock, device_id, field_clocks, deleted,
         day, parent_id, $3, data
  FROM head CROSS JOIN json_to_recordset($2::text::json) AS changed (
    collection text, id uuid, version bigint, clock bigint, device_id uuid, field_clocks json,
    deleted boolean, day date, parent_id uuid, data json)
  ON CONFLICT (user_id, collection, id) DO UPDATE SET
    version = EXCLUDED.version, clock = EXCLUDED.clock, device_id = EXCLUDED.device_id,
    field_clocks = EXCLUDED.field_clocks, deleted = EXCLUDED.deleted, day = EXCLUDED.day,
    parent_id = EXCLUDED.parent_id, changed_at = EXCLUDED.changed_at, data = EXCLUDED.data
)"""
_ADVANCE = _COMMIT.format(counted="", changed="<")
WRITE = _UPSERT + _ADVANCE
WRITE_WITH_HISTORY = _UPSERT + _REPLACED + _COMMIT.format(counted=_COUNTED, changed="<=")

# New records of one device, a column a parameter ($2 and $21 to $26), their parts joined by a
# character that JSON text cannot contain; `json_to_recordset` costs a fifth more. They were not
# read before: one that exists is a unique violation, one whose id is an alias ($27, $28) keeps the
# batch from being written, and so does another last corrected clock of the device ($29).
_IS_NEW = """NOT EXISTS (
    SELECT FROM device_clocks
    WHERE device_clocks.user_id = fence.user_id AND device_clocks.device_id = $16::text::uuid
      AND last_corrected <> $29)
  AND NOT EXISTS (
    SELECT FROM unnest($27::text[], $28::text[]::uuid[]) AS sent (collection, id)
    CROSS JOIN LATERAL (
      SELECT FROM record_aliases
      WHERE record_aliases.user_id = fence.user_id
        AND record_aliases.collection = sent.collection AND record_aliases.id = sent.id
      LIMIT 1) AS aliased)"""
_INSERT_NEW = f"""{_HEAD.format(condition=_IS_NEW)}, written AS (
  INSERT INTO records (user_id, collection, id, version, clock, device_id, field_clocks, deleted,
                       day, parent_id, changed_at, data)
  SELECT head.user_id, collection, id::uuid, $13 + place, clock::bigint, $16::text::uuid,
         field_clocks::json, false, day::date, parent_id::uuid, $3, data::json
  FROM head CROSS JOIN unnest(
    string_to_array($2, E'\\x1e'), string_to_array($21, E'\\x1e'),
    string_to_array($22, E'\\x1e'), string_to_array($23, E'\\x1e', ''),
    string_to_array($24, E'\\x1e', ''), string_to_array($25, E'\\x1e', ''),
    string_to_array($26, E'\\x1e')
  ) WITH ORDINALITY AS new (collection, id, clock, field_clocks, day, parent_id, data, place)
)"""
INSERT_NEW = _INSERT_NEW + _ADVANCE

STORE_REJECTED = """
INSERT INTO rejected_changes (user_id, id, device_id, change, error, created_at)
SELECT heads.user_id, id::uuid, $2::text::uuid, change, error::json, $3
FROM heads CROSS JOIN unnest($4::text[], $5::bytea[], $6::text[]) AS rejected (id, change, error)
WHERE heads.user_id = $1::text::uuid
ON CONFLICT (user_id, id) DO NOTHING
"""

STORE_MOVED = """
INSERT INTO vacated_days (user_id, version, day, parent_id)
SELECT heads.user_id, moved.version, day::date, parent_id::uuid
FROM heads
CROSS JOIN unnest($2::bigint[], $3::text[], $4::text[]) AS moved (version, day, parent_id)
WHERE heads.user_id = $1::text::uuid
"""

# Stored aliases follow the records that were moved, before those of the batch are written.
REPOINT_ALIASES = """
UPDATE record_aliases SET target_id = moved.new_id::uuid
FROM unnest($2::text[], $3::text[], $4::text[]) AS moved (collection, old_id, new_id)
WHERE user_id = $1::text::uuid AND record_aliases.collection = moved.collection
  AND target_id = moved.old_id::uuid
"""
DROP_ALIASES = """
DELETE FROM record_aliases USING unnest($2::text[], $3::text[]) AS dropped (collection, id)
WHERE user_id = $1::text::uuid AND record_aliases.collection = dropped.collection
  AND record_aliases.id = dropped.id::uuid
"""
STORE_ALIASES = """
INSERT INTO record_aliases (user_id, collection, id, target_id)
SELECT heads.user_id, collection, id::uuid, target_id::uuid
FROM heads
CROSS JOIN unnest($2::text[], $3::text[], $4::text[]) AS named (collection, id, target_id)
WHERE heads.user_id = $1::text::uuid
ON CONFLICT (user_id, collection, id) DO UPDATE SET target_id = EXCLUDED.target_id
"""
