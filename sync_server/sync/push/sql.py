"""The SQL of the sync engine. Every statement begins with the user; time is always a parameter."""

# Sent along with BEGIN, so that READ_FOR_PUSH takes its snapshot when the lock is held: else it
# would compare against rows that the previous holder has since changed.
LOCK_HEAD = "SELECT FROM heads WHERE user_id = '{user_id}' FOR UPDATE"

# LATERAL with LIMIT pins a look-up per key. A plain join, once its plan is kept, may read all of a
# user's records instead: 5 ms where this takes 0.2 (20,000 records, 50 keys).
READ_FOR_PUSH = """
SELECT stored.*, heads.version AS head, heads.epoch, heads.purged_version, devices.acked_version,
       answers.fingerprint, answers.body AS answer
FROM heads
LEFT JOIN devices ON devices.user_id = heads.user_id AND devices.device_id = $2::text::uuid
LEFT JOIN idempotency_keys AS answers
       ON answers.user_id = heads.user_id AND answers.key = $3
LEFT JOIN LATERAL (
  SELECT found.*
  FROM unnest($4::text[], $5::text[]::uuid[]) AS named (collection, id)
  CROSS JOIN LATERAL (
    SELECT collection, id::text, version, clock, device_id::text, field_clocks::text, deleted,
           day::text, parent_id::text, data::text
    FROM records
    WHERE records.user_id = $1::text::uuid
      AND records.collection = named.collection AND records.id = named.id
    LIMIT 1
  ) AS found
) AS stored ON answers.fingerprint IS NULL
WHERE heads.user_id = $1::text::uuid
"""

# Without a key ($5 null) no answer is kept.
WRITE = """
WITH written AS (
  INSERT INTO records (user_id, collection, id, version, clock, device_id, field_clocks, deleted,
                       day, parent_id, changed_at, data)
  SELECT $1::text::uuid, collection, id, version, clock, device_id, field_clocks, deleted,
         day, parent_id, $3, data
  FROM json_to_recordset($2::text::json) AS changed (
    collection text, id uuid, version bigint, clock bigint, device_id uuid, field_clocks json,
    deleted boolean, day date, parent_id uuid, data json)
  ON CONFLICT (user_id, collection, id) DO UPDATE SET
    version = EXCLUDED.version, clock = EXCLUDED.clock, device_id = EXCLUDED.device_id,
    field_clocks = EXCLUDED.field_clocks, deleted = EXCLUDED.deleted, day = EXCLUDED.day,
    parent_id = EXCLUDED.parent_id, changed_at = EXCLUDED.changed_at, data = EXCLUDED.data
), advanced AS (
  UPDATE heads SET version = $4 WHERE user_id = $1::text::uuid AND version < $4
)
INSERT INTO idempotency_keys (user_id, key, fingerprint, status, body, created_at)
SELECT $1::text::uuid, $5::text, $6::bytea, $8::smallint, $7::bytea, $3 WHERE $5 IS NOT NULL
"""

KEEP_REJECTED = """
INSERT INTO rejected_changes (user_id, id, device_id, change, error, created_at)
SELECT $1::text::uuid, id::uuid, $2::text::uuid, change, error::json, $3
FROM unnest($4::text[], $5::bytea[], $6::text[]) AS rejected (id, change, error)
ON CONFLICT (user_id, id) DO NOTHING
"""

KEEP_VACATED = """
INSERT INTO vacated_days (user_id, version, day, parent_id)
SELECT $1::text::uuid, version, day::date, parent_id::uuid
FROM unnest($2::bigint[], $3::text[], $4::text[]) AS vacated (version, day, parent_id)
"""

READ_HEAD = """
SELECT version, epoch, purged_version FROM heads WHERE user_id = $1::text::uuid
"""

# The head and the page in one snapshot and one round trip. The head is the row without a
# collection, in the page's columns, so that it costs nothing a record. Without a cursor ($3 null)
# the tombstones up to the head are left out.
_READ_PAGE = """
SELECT NULL AS collection, NULL AS id, version, epoch AS clock, purged_version::text AS device_id,
       NULL AS deleted, NULL AS data
FROM heads WHERE user_id = $1::text::uuid
UNION ALL
(SELECT collection, id::text, version, clock, device_id::text, deleted, data::text
 FROM records
 WHERE user_id = $1::text::uuid AND version > $2
   AND (NOT deleted OR version > coalesce(
     $3, (SELECT greatest(version, 1) FROM heads WHERE user_id = $1::text::uuid))){filter}
 ORDER BY version
 LIMIT $4)
"""
READ_PAGE = _READ_PAGE.format(filter="")
READ_FILTERED_PAGE = _READ_PAGE.format(filter=" AND collection = ANY($5::text[])")

READ_TOUCHED_DAYS = """
WITH page AS (
  SELECT day, parent_id
  FROM records
  WHERE user_id = $1::text::uuid AND version > $2 AND version <= $3
    AND (NOT deleted OR version > $4)
    AND ($6::text[] IS NULL OR collection = ANY($6::text[]))
    AND (day IS NOT NULL OR collection = ANY($7::text[]))
  UNION ALL
  SELECT day, parent_id
  FROM vacated_days
  WHERE user_id = $1::text::uuid AND version > $2 AND version <= $3
)
SELECT day::text FROM page WHERE day IS NOT NULL
UNION
SELECT parents.day::text
FROM (SELECT DISTINCT parent_id FROM page WHERE day IS NULL AND parent_id IS NOT NULL) AS children
JOIN records AS parents
  ON parents.user_id = $1::text::uuid AND parents.collection = ANY($8::text[])
 AND parents.id = children.parent_id
WHERE parents.day IS NOT NULL
ORDER BY day DESC
LIMIT $5
"""

ACKNOWLEDGE = """
INSERT INTO devices (user_id, device_id, acked_version, seen_at)
VALUES ($1::text::uuid, $2::text::uuid, $3, $4)
ON CONFLICT (user_id, device_id) DO UPDATE
SET acked_version = EXCLUDED.acked_version, seen_at = EXCLUDED.seen_at
WHERE devices.acked_version < EXCLUDED.acked_version
"""

READ_CHECK = """
SELECT heads.version AS head, live.collection, live.count, live.digest
FROM heads LEFT JOIN LATERAL (
  SELECT collection, count(*) AS count,
         to_hex(bit_xor(('x' || encode(substr(
           sha256(convert_to(id || ':' || version, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint)
         ) AS digest
  FROM records
  WHERE user_id = $1::text::uuid AND NOT deleted
  GROUP BY collection
) AS live ON true
WHERE heads.user_id = $1::text::uuid
"""
