"""What a device compares itself with: counts and order-free digests of what is live."""

from schema import COLLECTIONS, OLDEST_SCHEMA_VERSION, SCHEMA_VERSION
from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool, read_transaction
from sync_server.sync.push import sql as statements
from sync_server.web.errors import AccountDeleted


async def check(pool: Pool, config: Config, user_id: UserId) -> dict[str, object]:
    """`{version, collections: {name: {count, digest}}}` as of the user's present version.

    A digest is the XOR over the live records of the first 8 bytes of SHA-256 of `id:version`, as
    16 hexadecimal digits. A collection without live records is not named.
    """
    async with read_transaction(pool, config, user_id) as connection:
        rows = await connection.fetch(statements.READ_CHECK, user_id)
    if not rows:
        raise AccountDeleted
    return {
        "version": rows[0]["head"],
        "collections": {
            row["collection"]: {"count": row["count"], "digest": row["digest"].zfill(16)}
            for row in rows
            if row["collection"] is not None
        },
    }


def describe(config: Config) -> dict[str, object]:
    """What a client may send, and for how long things are kept."""
    return {
        "limits": {
            "push_changes": config.push_max_changes,
            "push_bytes": config.push_max_bytes,
            "record_bytes": config.record_max_bytes,
            "json_depth": config.json_max_depth,
            "pull_limit": config.pull_max_limit,
        },
        "retention": {
            "tombstones_days": config.tombstone_retention_days,
            "idempotency_hours": config.idempotency_retention_hours,
            "rejected_days": config.rejected_retention_days,
        },
        "schema_version": {"current": SCHEMA_VERSION, "oldest": OLDEST_SCHEMA_VERSION},
        "collections": list(COLLECTIONS),
    }
