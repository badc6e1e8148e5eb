"""The SQL of pulls. The first parameter is always the user; time is always a parameter."""

# The head and the page in one snapshot and one round trip. The head is the row without a
# collection. It uses the columns of a record, so that no record's row grows by it. Without a
# cursor ($3 null) the tombstones up to the head are left out.
_READ_PAGE = """
SELECT NULL AS collection, NULL AS id, version, epoch AS clock, purged_version::text AS device_id,
       NULL AS deleted, restored_version::text AS data, NULL AS field_clocks
FROM heads WHERE user_id = $1::text::uuid
UNION ALL
(SELECT collection, id::text, version, clock, device_id::text, deleted, data::text,
        field_clocks::text
 FROM records
 WHERE user_id = $1::text::uuid AND version > $2
   AND (NOT deleted OR version > coalesce(
     $3, (SELECT greatest(version, 1) FROM heads WHERE user_id = $1::text::uuid))){filter}
 ORDER BY version
 LIMIT $4)
"""
READ_PAGE = _READ_PAGE.format(filter="")
READ_FILTERED_PAGE = _READ_PAGE.format(filter=" AND collection = ANY($5::text[])")

# Each collection ($5) from a position of its own ($6, $7); $2 is the lowest, $3 is not used.
READ_MIXED_PAGE = """
SELECT NULL AS collection, NULL AS id, version, epoch AS clock, purged_version::text AS device_id,
       NULL AS deleted, restored_version::text AS data, NULL AS field_clocks
FROM heads WHERE user_id = $1::text::uuid
UNION ALL
(SELECT collection, id::text, version, clock, device_id::text, deleted, data::text,
        field_clocks::text
 FROM records
 WHERE user_id = $1::text::uuid AND version > $2 AND collection = ANY($5::text[])
   AND version > ($6::bigint[])[array_position($5::text[], collection)]
   AND (NOT deleted OR version > coalesce(
     ($7::bigint[])[array_position($5::text[], collection)], $3::bigint,
     (SELECT greatest(version, 1) FROM heads WHERE user_id = $1::text::uuid)))
 ORDER BY version
 LIMIT $4)
"""

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

# `acked` has the version by collection, and under `*` that of all others. A row of a release that
# knew one version for all has none: its `acked_version` counts for all. Each version only grows.
_KNOWN = "coalesce(devices.acked, jsonb_build_object('*', devices.acked_version))"
ACKNOWLEDGE = f"""
INSERT INTO devices (user_id, device_id, acked_version, acked, seen_at)
VALUES ($1::text::uuid, $2::text::uuid, $3, $4::text::jsonb, $5)
ON CONFLICT (user_id, device_id) DO UPDATE
SET acked_version = greatest(devices.acked_version, EXCLUDED.acked_version),
    seen_at = EXCLUDED.seen_at,
    acked = (
      SELECT jsonb_object_agg(name, version) FROM (
        SELECT key AS name, max(value::bigint) AS version
        FROM (SELECT * FROM jsonb_each_text({_KNOWN})
              UNION ALL SELECT * FROM jsonb_each_text(EXCLUDED.acked)) AS versions
        GROUP BY key) AS newest)
WHERE NOT {_KNOWN} @> EXCLUDED.acked
RETURNING xmax = 0 AS is_new
"""
TRIM_DEVICES = """
DELETE FROM devices WHERE user_id = $1::text::uuid AND device_id IN (
  SELECT device_id FROM devices WHERE user_id = $1::text::uuid
  ORDER BY seen_at DESC, device_id OFFSET $2)
"""

READ_DIGEST = """
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
