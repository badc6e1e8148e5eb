"""A backup of one user inside the database: as pg_dump and restore, in a hundredth of the time."""

from collections.abc import Mapping
from dataclasses import dataclass

from sync_server.store.postgres import Connection, Pool

TABLES = """
SELECT table_name FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = 'user_id'
"""


@dataclass(frozen=True, slots=True)
class Backup:
    """The rows of a user, as JSON by table."""

    user_id: str
    rows: Mapping[str, str]

    @classmethod
    async def make(cls, pool: Pool, user_id: str) -> "Backup":
        """Read every table as of one moment."""
        async with (
            pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            tables = [row["table_name"] for row in await connection.fetch(TABLES)]
            return cls(
                user_id, {table: await _rows(connection, table, user_id) for table in tables}
            )

    async def restore(self, pool: Pool) -> None:
        """Put the rows back in place of the present ones; no epoch begins."""
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "SELECT FROM heads WHERE user_id = $1 FOR UPDATE", self.user_id
            )
            await connection.execute("SET LOCAL session_replication_role = replica")
            for table, rows in self.rows.items():
                await connection.execute(f"DELETE FROM {table} WHERE user_id = $1", self.user_id)
                await connection.execute(
                    f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, $1)",
                    rows,
                )


async def _rows(connection: Connection, table: str, user_id: str) -> str:
    rows: str = await connection.fetchval(
        f"SELECT coalesce(json_agg(row_to_json({table})), '[]')::text"
        f" FROM {table} WHERE user_id = $1",
        user_id,
    )
    return rows
