"""SQL of the REST resources: one record, and a page of a list in any of its orders."""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from schema import COLLECTIONS
from schema.collection import Collection
from schema.ids import UserId
from sync_server.rest.list_query import ListQuery
from sync_server.store.fenced_reads import Reads
from sync_server.sync.engine.records import RECORD_COLUMNS, StoredRecord

READ_RECORD = f"""
SELECT {RECORD_COLUMNS}
FROM records
WHERE user_id = $1::text::uuid AND collection = $2 AND id = $3::text::uuid AND NOT deleted
"""
READ_ALIASED = f"""
SELECT {RECORD_COLUMNS}
FROM records
WHERE user_id = $1::text::uuid AND collection = $2 AND NOT deleted AND id = (
  SELECT target_id FROM record_aliases
  WHERE record_aliases.user_id = $1::text::uuid
    AND record_aliases.collection = $2 AND record_aliases.id = $3::text::uuid)
"""

LIST = """
SELECT records.id::text, records.version, records.clock, records.device_id::text,
       records.data::text, {key}::text AS key
FROM {source}
WHERE records.user_id = $1::text::uuid AND records.collection = $2 AND NOT records.deleted{filters}
ORDER BY {key} {direction}, records.id {direction}
LIMIT $3
"""

# Through the parents, few of which lie in a range, to their children.
BY_PARENTS_DAY = """records AS parents
JOIN records ON records.user_id = parents.user_id AND records.parent_id = parents.id"""
PARENTS = """
  AND parents.user_id = $1::text::uuid AND parents.collection = '{collection}'
  AND NOT parents.deleted"""


@dataclass(frozen=True, slots=True)
class Order:
    """An SQL expression, and the type that a page token's key is cast to."""

    key: str
    type: str


ORDERS: Mapping[str, Order] = {
    "date": Order("records.day", "date"),
    "id": Order("records.id", "uuid"),
    "updated": Order("records.version", "bigint"),
    "position": Order("(records.data->>'position')::bigint", "bigint"),
}


async def read_record(
    connection: Reads, user_id: UserId, collection: Collection, id: str
) -> StoredRecord | None:
    """A live record by its id or an alias, None if there is none."""
    row = await connection.fetchrow(READ_RECORD, user_id, collection.name, id)
    if row is None and collection.aliased:
        row = await connection.fetchrow(READ_ALIASED, user_id, collection.name, id)
    return StoredRecord(*row) if row else None


async def read_page(
    connection: Reads, user_id: UserId, collection: Collection, query: ListQuery
) -> list[asyncpg.Record]:
    """A page, with one record more if another follows: id, version, clock, device, data, key."""
    arguments: list[object] = [user_id, collection.name, query.limit + 1]
    return await connection.fetch(_statement(collection, query, arguments), *arguments)


def _statement(collection: Collection, query: ListQuery, arguments: list[object]) -> str:
    """The statement of this query; its parameters are appended to the arguments."""

    def parameter(value: object) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    order = ORDERS[query.order.lstrip("-")]
    down = query.order.startswith("-")
    through_parents = collection.parent_day is not None and bool(query.first or query.last)
    source, filters = "records", ""
    if through_parents:
        source, filters = BY_PARENTS_DAY, PARENTS.format(collection=collection.parent_day)
    day = "parents.day" if through_parents else "records.day"
    if query.first:
        filters += f" AND {day} >= {parameter(query.first)}"
    if query.last:
        filters += f" AND {day} <= {parameter(query.last)}"
    if query.parent_id:
        filters += f" AND records.parent_id = {parameter(query.parent_id)}::text::uuid"
    if query.order.endswith("date"):
        filters += " AND records.day IS NOT NULL"  # the index of days covers only these
    if query.position:
        key, id = (parameter(str(part)) for part in query.position)
        sign = "<" if down else ">"
        filters += (
            f" AND ({order.key}, records.id) {sign} ({key}::text::{order.type}, {id}::text::uuid)"
        )
    filters += without_deleted_owners(collection, "records")
    return LIST.format(
        key=order.key, source=source, filters=filters, direction="DESC" if down else "ASC"
    )


def without_deleted_owners(collection: Collection, record: str) -> str:
    """SQL condition that no owner of a record is deleted, nor an owner's owner; may be empty.

    `record` is the alias of its table; the parameter $1 is the user's id.
    """
    if collection.owner is None:
        return ""
    owner = f"{record}_owner"
    owners = without_deleted_owners(COLLECTIONS[collection.owner], owner)
    return (
        f" AND NOT EXISTS (SELECT FROM records AS {owner} WHERE {owner}.user_id = $1::text::uuid"
        f" AND {owner}.collection = '{collection.owner}' AND {owner}.id = {record}.parent_id"
        f" AND NOT (NOT {owner}.deleted{owners}))"
    )
