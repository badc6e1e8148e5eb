"""Loading the built-in catalogue into its tables."""

import gzip
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import orjson

from schema.ids import catalogue_id
from sync_server.store.postgres import Connection

FOOD_COLUMNS = (
    "source", "source_id", "name", "food_group", "energy_kcal", "protein_g", "carbs_g", "fat_g",
    "fiber_g", "sugar_g", "saturated_fat_g", "sodium_mg", "servings",
)  # fmt: skip
EXERCISE_COLUMNS = (
    "source", "source_id", "name", "category", "primary_muscles", "secondary_muscles",
    "equipment", "data",
)  # fmt: skip
# (kind, table, columns, columns of type json)
TABLES = (
    ("foods", "catalogue_foods", FOOD_COLUMNS, {"servings"}),
    (
        "exercises",
        "catalogue_exercises",
        EXERCISE_COLUMNS,
        {"primary_muscles", "secondary_muscles", "data"},
    ),
)


async def load_catalogue(connection: Connection) -> None:
    """Fill the tables that are empty; ids are derived from the sources' own, the same for ever.

    Safe when several processes start at once: the first takes the lock, the others find rows.
    """
    for kind, table, columns, json_columns in TABLES:
        async with connection.transaction():
            if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
                continue
            await connection.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
            if not await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
                await connection.copy_records_to_table(
                    table,
                    columns=("id", *columns),
                    records=list(_records(kind, columns, json_columns)),
                )


def rows(kind: str) -> Iterator[dict[str, Any]]:
    """The catalogue's `foods` or `exercises` as they are shipped."""
    packed = (files("sync_server.catalogue") / "data" / f"{kind}.ndjson.gz").read_bytes()
    for line in gzip.decompress(packed).splitlines():
        yield orjson.loads(line)


def _records(
    kind: str, columns: tuple[str, ...], json_columns: set[str]
) -> Iterator[tuple[object, ...]]:
    for row in rows(kind):
        values = [
            orjson.dumps(row[name]).decode() if name in json_columns else row[name]
            for name in columns
        ]
        yield (catalogue_id(kind, row["source"], row["source_id"]), *values)
