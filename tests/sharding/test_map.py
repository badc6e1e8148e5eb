"""The map of the tables: complete, and what a sharded database demands of keys holds."""

import pytest

from sync_server.sharding.tables import (
    DIRECTORIES,
    DISTRIBUTED,
    LOCAL_TABLES,
    REFERENCE_TABLES,
    USER_TABLES,
    colocation,
)
from sync_server.store.postgres import Pool

READ_TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
READ_KEYS = """
SELECT index.indrelid::regclass::text AS on_table, index.indexrelid::regclass::text AS name,
       array_agg(attribute.attname::text ORDER BY array_position(index.indkey, attribute.attnum))
         AS columns
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indrelid
JOIN pg_attribute AS attribute
  ON attribute.attrelid = index.indrelid AND attribute.attnum = ANY(index.indkey)
WHERE index.indisunique AND class.relnamespace = 'public'::regnamespace
GROUP BY 1, 2
"""
READ_FOREIGN_KEYS = """
SELECT conrelid::regclass::text AS source, confrelid::regclass::text AS target
FROM pg_constraint WHERE contype = 'f'
"""
# For the release before, which deletes an account by its row in `users`; `distribute` drops them.
CASCADES = {"emails", "identities"}
# Dropped by `distribute`.
WITHOUT_COLUMN = {"identities_user"}


async def test_every_table_is_in_the_map(pool: Pool) -> None:
    there = {row["relname"] for row in await pool.fetch(READ_TABLES)}
    mapped = {*DISTRIBUTED, *REFERENCE_TABLES, *LOCAL_TABLES}
    assert there - mapped == set(), (
        "add a row for each new table to sync_server/sharding/tables.py:"
        " to USER_TABLES if it has a column user_id that its keys begin with"
    )
    assert mapped - there == set(), "the map names tables that no migration creates"
    assert len(mapped) == sum(
        len(part) for part in (USER_TABLES, DIRECTORIES, REFERENCE_TABLES, LOCAL_TABLES)
    )


async def test_every_key_begins_with_the_distribution_column(pool: Pool) -> None:
    keys = await pool.fetch(READ_KEYS)
    assert len(keys) > len(USER_TABLES)
    for on_table, name, columns in keys:
        if on_table in USER_TABLES:
            assert columns[0] == USER_TABLES[on_table], f"{name} begins with {columns[0]}"
        elif on_table in DIRECTORIES and name not in WITHOUT_COLUMN:
            assert DIRECTORIES[on_table] in columns, f"{name} lacks {DIRECTORIES[on_table]}"


async def test_foreign_keys_stay_on_one_node(pool: Pool) -> None:
    keys = await pool.fetch(READ_FOREIGN_KEYS)
    apart = {
        row["source"] for row in keys if colocation(row["source"]) != colocation(row["target"])
    }
    assert apart == CASCADES


@pytest.mark.parametrize(
    ("table", "group"), [("records", "users"), ("users", "users"), ("emails", "emails")]
)
def test_rows_of_one_user_share_a_node(table: str, group: str) -> None:
    assert colocation(table) == group
