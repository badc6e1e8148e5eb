"""Placement of the tables of a migrated database on the nodes of Citus."""

from typing import TypeAlias

import asyncpg

from sync_server.config.settings import Config
from sync_server.sharding.session import SESSION
from sync_server.sharding.tables import DIRECTORIES, DISTRIBUTED, REFERENCE_TABLES, USER_TABLES

# asyncpg's class takes a parameter in its stubs only: quotes are needed.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

HAS_EXTENSION = "SELECT to_regclass('citus_tables') IS NOT NULL"
READ_TABLES = "SELECT table_name::text AS name FROM citus_tables"
READ_POLICIES = """
SELECT tablename, policyname, qual, with_check FROM pg_policies
WHERE schemaname = 'public' AND concat(qual, with_check) LIKE '%SELECT%'
"""
READ_FOREIGN_KEYS = """
SELECT conrelid::regclass::text AS on_table, conname FROM pg_constraint
WHERE contype = 'f' AND conrelid::regclass::text = ANY($1::text[])
"""
ALTER_ROLE = "SELECT format('ALTER ROLE %I IN DATABASE %I', $1::text, current_database())"
# A node refuses sub-selects in policies; these are the same conditions without.
ME = "nullif(current_setting('trackforge.user_id', true), '')::uuid"
EVERYONE = "current_setting('trackforge.everyone', true) = 'on'"
WITHOUT_SUBSELECTS = {
    "own": f"USING ({{column}} = {ME})",
    "read": f"USING ({{column}} = {ME})",
    "add": f"WITH CHECK ({{column}} = {ME})",
    "everyone": f"USING ({EVERYONE})",
}
# Of a directory a unique key must have the distribution column.
REPLACED_KEYS = {
    "identities_user": "CREATE INDEX identities_owner ON identities (user_id, issuer)",
}


class NotPlaced(Exception):
    """The database is not sharded as DATABASE_SHARDED says; the text is one sentence."""


async def place_tables(config: Config, application: str, *, missing: bool) -> list[str]:
    """Place the tables where DATABASE_SHARDED is set; what was done, a sentence each.

    With `missing` those that are not distributed yet, else one of them is an error. Raises
    NotPlaced. `application` is as in `distribute`.
    """
    if not config.stores.database_sharded:
        return []
    connection = await asyncpg.connect(config.stores.owner_url, timeout=5.0, statement_cache_size=0)
    try:
        placed = await distribute(connection, application) if missing else []
        await require_distributed(connection)
    finally:
        await connection.close()
    return placed


async def distribute(connection: Connection, application: str = "") -> list[str]:
    """Distribute every table that is not yet; what was done, a sentence each.

    Safe to repeat. The connection is the owner's, on the coordinator; `application` is the role of
    the servers, which gets the session settings for connections of a pooler. Raises
    NotPlaced without the extension.
    """
    placed = await _placed(connection)
    if application:
        alter = await connection.fetchval(ALTER_ROLE, application)
        for name, value in SESSION.items():
            await connection.execute(f"{alter} SET {name} = '{value}'")
    await _simplify_policies(connection)
    await _cut_directories(connection)
    # `users` is the first: the others are placed beside it.
    missing = [it for it in ("users", *sorted(DISTRIBUTED)) if it not in placed]
    done = []
    for table in dict.fromkeys(missing):
        beside = "users" if table in USER_TABLES and table != "users" else "none"
        await connection.execute(
            "SELECT create_distributed_table($1, $2, colocate_with => $3)",
            table, DISTRIBUTED[table], beside,
        )  # fmt: skip
        done.append(f"distributed {table} by {DISTRIBUTED[table]}")
    for table in REFERENCE_TABLES:
        if table not in placed:
            await connection.execute("SELECT create_reference_table($1)", table)
            done.append(f"copied {table} to every node")
    return done


async def require_distributed(connection: Connection) -> None:
    """Raise NotPlaced, with one sentence, unless every table is distributed."""
    missing = {*DISTRIBUTED, *REFERENCE_TABLES} - await _placed(connection)
    if missing:
        raise NotPlaced(
            f"DATABASE_SHARDED is set, but {len(missing)} tables are not distributed"
            f" ({', '.join(sorted(missing)[:3])}…): run `trackforge-sync distribute`."
        )


async def _placed(connection: Connection) -> set[str]:
    """Names of the tables that are distributed or copied; raises NotPlaced."""
    if not await connection.fetchval(HAS_EXTENSION):
        raise NotPlaced(
            "DATABASE_SHARDED is set, but the database has no extension citus: create it."
        )
    return {row["name"] for row in await connection.fetch(READ_TABLES)}


async def _simplify_policies(connection: Connection) -> None:
    for row in await connection.fetch(READ_POLICIES):
        table, name = row["tablename"], row["policyname"]
        condition = WITHOUT_SUBSELECTS[name].format(column=USER_TABLES.get(table, "user_id"))
        await connection.execute(f"ALTER POLICY {name} ON {table} {condition}")


async def _cut_directories(connection: Connection) -> None:
    """Drop what a directory has of other shards: foreign keys, and keys without its column."""
    for row in await connection.fetch(READ_FOREIGN_KEYS, list(DIRECTORIES)):
        await connection.execute(f"ALTER TABLE {row['on_table']} DROP CONSTRAINT {row['conname']}")
    for name, replacement in REPLACED_KEYS.items():
        if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", name):
            await connection.execute(f"DROP INDEX {name}")
            await connection.execute(replacement)
