"""Digests of the live records, by collection: a device compares its own records with them."""

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import Pool
from sync_server.sync.pull import sql
from sync_server.web.errors import AccountDeleted


async def read_digests(pool: Pool, config: Config, user_id: UserId) -> dict[str, object]:
    """`{version, collections: {name: {count, digest}}}` as of the user's present version.

    A digest is the XOR over the live records of the first 8 bytes of SHA-256 of `id:version`, as
    16 hexadecimal digits. A collection without live records is not named.
    """
    async with read_rows(pool, config, user_id) as connection:
        rows = await connection.fetch(sql.READ_DIGEST, user_id)
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
