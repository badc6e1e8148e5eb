"""SQL of the PowerSync routes: pages of records with checksums, and the sums of clients."""

from dataclasses import dataclass
from datetime import datetime

from schema.ids import UserId
from sync_server.powersync.operations import CHECKSUM_RANGE, Row
from sync_server.store.fenced_reads import Reads
from sync_server.store.postgres import Connection

# PostgreSQL computes each checksum, so that the sum that is announced and the operations that are
# sent can never differ in their form.
_CHECKSUM = """('x' || encode(substr(sha256(convert_to(
  collection || '/' || id::text || ':' || CASE WHEN deleted THEN '' ELSE data::text END, 'UTF8'
)), 1, 4), 'hex'))::bit(32)::bigint"""

# A client that has nothing ($2 = 0) needs no tombstones.
_ROWS = """
FROM records
WHERE user_id = $1::text::uuid AND version > $2 AND version <= $3 AND (NOT deleted OR $2 > 0)
"""

READ_PAGE = f"""
SELECT collection, id::text, version, deleted, {_CHECKSUM} AS checksum, data::text
{_ROWS} ORDER BY version LIMIT $4
"""

SUM_CHECKSUMS = f"SELECT count(*) AS rows, coalesce(sum({_CHECKSUM}), 0) AS checksum {_ROWS}"

READ_HEAD = "SELECT version, epoch, purged_version FROM heads WHERE user_id = $1::text::uuid"

READ_CHECKSUM = """
SELECT checksum FROM powersync_checksums WHERE user_id = $1::text::uuid AND version = $2
"""

STORE_CHECKSUM = """
INSERT INTO powersync_checksums (user_id, version, checksum, created_at)
VALUES ($1::text::uuid, $2, $3, $4)
ON CONFLICT (user_id, version) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Head:
    """A user's newest version, the database's epoch, and the newest version that was purged."""

    version: int
    epoch: int
    purged_version: int


async def read_head(connection: Reads, user_id: UserId) -> Head | None:
    """The user's head; None when the account is gone."""
    row = await connection.fetchrow(READ_HEAD, user_id)
    return None if row is None else Head(row["version"], row["epoch"], row["purged_version"])


async def read_rows(
    connection: Connection, user_id: UserId, after: int, until: int, limit: int
) -> list[Row]:
    """Records with versions in (after, until], oldest first."""
    return [Row(*row) for row in await connection.fetch(READ_PAGE, user_id, after, until, limit)]


async def sum_checksums(
    connection: Connection, user_id: UserId, after: int, until: int
) -> tuple[int, int]:
    """Number of records that `read_rows` returns without a limit, and their checksums' sum."""
    row = await connection.fetchrow(SUM_CHECKSUMS, user_id, after, until)
    assert row is not None
    return row["rows"], int(row["checksum"]) % CHECKSUM_RANGE


async def read_checksum(connection: Connection, user_id: UserId, version: int) -> int | None:
    """The checksum of every client that has read up to the version; None when none is stored."""
    checksum: int | None = await connection.fetchval(READ_CHECKSUM, user_id, version)
    return checksum


async def agree_on_checksum(
    connection: Connection, user_id: UserId, version: int, checksum: int, now: datetime
) -> int:
    """Store a client's checksum at a version, or return the one that another client had there."""
    await connection.execute(STORE_CHECKSUM, user_id, version, checksum, now)
    # A statement of its own: it sees what a transaction that the insert waited for has stored.
    stored = await read_checksum(connection, user_id, version)
    assert stored is not None
    return stored
