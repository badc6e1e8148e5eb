"""The SQL of pulls. The first parameter is always the user; time is always a parameter."""

from schema import COLLECTIONS
from sync_server.store.postgres import FENCE, of_user

# The head and the page in one snapshot and one round trip. The user comes from the statement that
# opens the fence, so that no table is read before it is open. The head is the row without a
# collection. It uses the columns of a record, so that no record's row grows by it. Without a
# cursor ($3 null) the tombstones up to the head are left out.
_RESTORED = """CASE WHEN restored_version IS NOT NULL THEN (
           jsonb_build_object('', restored_version) || coalesce(former_epochs, '{{}}'))::text END"""
_READ_PAGE = f"""
SELECT page.*
FROM {FENCE}
CROSS JOIN LATERAL (
  SELECT NULL AS collection, NULL AS id, version, epoch AS clock,
         purged_version::text AS device_id, NULL AS deleted, {_RESTORED} AS data,
         (SELECT coalesce(acked, jsonb_build_object('*', acked_version))::text FROM devices
          WHERE {of_user("devices")} AND devices.device_id = $5::text::uuid)
           AS field_clocks
  FROM heads WHERE {of_user("heads")}
  UNION ALL
  (SELECT collection, id::text, version, clock, device_id::text, deleted, data::text,
          field_clocks::text
   FROM records
   WHERE {of_user("records")} AND version > $2 AND {{filter}}
   ORDER BY version
   LIMIT $4)
) AS page
"""
_HEAD = f"(SELECT greatest(version, 1) FROM heads WHERE {of_user('heads')})"
_IS_NEEDED = f"(NOT deleted OR version > coalesce($3, {_HEAD}))"
READ_PAGE = _READ_PAGE.format(filter=_IS_NEEDED)
READ_FILTERED_PAGE = _READ_PAGE.format(filter=f"{_IS_NEEDED} AND collection = ANY($6::text[])")

# Each collection ($6) from a position of its own ($7, $8); $2 is the lowest, $3 is not used.
READ_MIXED_PAGE = _READ_PAGE.format(
    filter=f"""collection = ANY($6::text[])
   AND version > ($7::bigint[])[array_position($6::text[], collection)]
   AND (NOT deleted OR version > coalesce(
     ($8::bigint[])[array_position($6::text[], collection)], $3::bigint, {_HEAD}))"""
)

# Literals, so that the plan uses the index of days.
_DATED = ", ".join(f"'{name}'" for name, it in COLLECTIONS.items() if it.day_field)

# A first sync leaves a day to the page that completes it: $9 is then the version that this page
# reaches, and a day with records beyond it is not read.
READ_TOUCHED_DAYS = f"""
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
), touched AS (
  SELECT day FROM page WHERE day IS NOT NULL
  UNION
  SELECT parents.day
  FROM (
    SELECT DISTINCT parent_id FROM page WHERE day IS NULL AND parent_id IS NOT NULL
  ) AS children
  JOIN records AS parents
    ON parents.user_id = $1::text::uuid AND parents.collection = ANY($8::text[])
   AND parents.id = children.parent_id
  WHERE parents.day IS NOT NULL
)
SELECT day::text FROM touched
WHERE $9::bigint IS NULL OR NOT EXISTS (
  SELECT FROM (
    SELECT collection, id, version, deleted FROM records
    WHERE records.user_id = $1::text::uuid AND records.day = touched.day
      AND collection IN ({_DATED}) OFFSET 0
  ) AS dated
  WHERE ($6::text[] IS NULL OR collection = ANY($6::text[])) AND (
    (version > $9 AND (NOT deleted OR version > $4))
    OR (NOT deleted AND collection = ANY($8::text[]) AND EXISTS (
      SELECT FROM records AS child
      WHERE child.user_id = $1::text::uuid AND child.parent_id = dated.id AND NOT child.deleted
        AND child.version > $9
        AND ($6::text[] IS NULL OR child.collection = ANY($6::text[])))))
)
ORDER BY day DESC
LIMIT $5
"""

# `acked` has the version by collection, and under `*` that of all others. A row of a release that
# knew one version for all has none: its `acked_version` counts for all.
LOCK_ACKNOWLEDGED = """
SELECT coalesce(acked, jsonb_build_object('*', acked_version))::text FROM devices
WHERE user_id = $1::text::uuid AND device_id = $2::text::uuid FOR UPDATE
"""
# The new versions are merged with those that were locked, so each only grows.
ACKNOWLEDGE = """
INSERT INTO devices (user_id, device_id, acked_version, acked, seen_at)
VALUES ($1::text::uuid, $2::text::uuid, $3, $4::text::jsonb, $5)
ON CONFLICT (user_id, device_id) DO UPDATE
SET acked_version = greatest(devices.acked_version, EXCLUDED.acked_version),
    acked = coalesce(devices.acked, EXCLUDED.acked) || EXCLUDED.acked,
    seen_at = EXCLUDED.seen_at
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
