"""Usage of an account, beside its quotas."""

from datetime import datetime

from sync_server.config.settings import Config
from sync_server.store.fenced_reads import Reads
from sync_server.sync.client_config import quotas
from sync_server.sync.schemas.client_config import QUOTAS
from sync_server.web.openapi import NamedSchema, object_schema

# A user of an earlier release has no counters before the next write.
READ_USAGE = """
SELECT coalesce(heads.records, counted.records) AS records,
       coalesce(heads.bytes, counted.bytes) AS bytes,
       (SELECT count(*) FROM rejected_changes WHERE user_id = $1::text::uuid) AS rejected_changes,
       (SELECT count(*) FROM token_families WHERE user_id = $1::text::uuid
        AND revoked_at IS NULL AND expires_at > $2) AS sessions,
       (SELECT count(*) FROM devices WHERE user_id = $1::text::uuid) AS devices,
       (SELECT coalesce(sum(bytes), 0)::bigint FROM ocr_jobs
        WHERE user_id = $1::text::uuid AND file IS NOT NULL) AS image_bytes
FROM heads LEFT JOIN LATERAL (
  SELECT count(*) AS records, coalesce(sum(octet_length(data::text)), 0)::bigint AS bytes
  FROM records WHERE user_id = $1::text::uuid AND NOT deleted AND heads.records IS NULL
) AS counted ON heads.records IS NULL
WHERE heads.user_id = $1::text::uuid
"""
AMOUNT = {"type": "integer", "minimum": 0}
USAGE = NamedSchema(
    "Usage",
    object_schema(
        dict.fromkeys(
            QUOTAS, object_schema({"used": AMOUNT, "quota": {"type": "integer", "minimum": 1}})
        )
    ),
)


async def read_usage(
    connection: Reads, config: Config, user_id: str, now: datetime
) -> dict[str, dict[str, int]] | None:
    """`{used, quota}` by the name of the quota; None if there is no such account."""
    row = await connection.fetchrow(READ_USAGE, user_id, now)
    if row is None:
        return None
    return {name: {"used": row[name], "quota": quota} for name, quota in quotas(config).items()}
