"""Diet plans of a user; a deleted plan ends on the day before its deletion."""

import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from schema.ids import UserId
from sync_server.formulas.nutrition import Data, Plan
from sync_server.lookups.time_zone import read_zone
from sync_server.store.fenced_reads import Reads

# Of deleted plans also the meals and items that were deleted on the same day or later. A local day
# has 25 hours at most.
READ_PLANS = """
SELECT collection, id::text, parent_id::text, data::text, deleted, clock
FROM records
WHERE user_id = $1::text::uuid AND collection IN ('diet_plans', 'meals', 'meal_items')
  AND (NOT deleted OR clock >= (
    SELECT min(clock) - 90000000000 FROM records
    WHERE user_id = $1::text::uuid AND collection = 'diet_plans' AND deleted
  ))
ORDER BY version
"""


class PlanRecord(NamedTuple):
    """Plan, meal or item, possibly a tombstone; its `clock` is then the time of its deletion."""

    collection: str
    id: str
    parent_id: str | None
    data: str
    deleted: bool
    clock: int

    def deleted_on(self, zone: datetime.tzinfo) -> datetime.date:
        """Day of the deletion; of a live record the last day of the calendar."""
        if not self.deleted:
            return datetime.date.max
        return datetime.datetime.fromtimestamp(self.clock / 1e6, zone).date()


async def read_plans(connection: Reads, user_id: UserId) -> list[Plan]:
    """Plans with their items, in the order of their versions."""
    rows = [PlanRecord(*row) for row in await connection.fetch(READ_PLANS, user_id)]
    zone: datetime.tzinfo = datetime.UTC
    if any(row.deleted for row in rows):
        zone = await read_zone(connection, user_id)
    return plans_from(rows, zone)


def plans_from(rows: Sequence[PlanRecord], zone: datetime.tzinfo) -> list[Plan]:
    """Plans with their items, without children of parents that are missing or were deleted.

    A deleted plan ends on the day before. Its meals and items are those that were not deleted
    before that day.
    """
    plans = {row.id: row for row in rows if row.collection == "diet_plans"}
    ends = {id: row.deleted_on(zone) for id, row in plans.items()}
    plan_of_meal = {
        row.id: row.parent_id
        for row in rows
        if row.collection == "meals"
        and row.parent_id in plans
        and row.deleted_on(zone) >= ends[row.parent_id]
    }
    items: dict[str, list[Data]] = {id: [] for id in plans}
    for row in rows:
        plan_id = plan_of_meal.get(row.parent_id or "")
        if row.collection == "meal_items" and plan_id and row.deleted_on(zone) >= ends[plan_id]:
            items[plan_id].append({"id": row.id, **orjson.loads(row.data)})
    return [Plan(_ended(row, ends[id]), items[id]) for id, row in plans.items()]


def _ended(plan: PlanRecord, deleted_on: datetime.date) -> Data:
    """Fields of a plan; a deleted one ends before the day of its deletion."""
    data: dict[str, Any] = orjson.loads(plan.data)
    if not plan.deleted:
        return data
    last_day = (deleted_on - datetime.timedelta(days=1)).isoformat()
    return data | {"ends_on": min(last_day, data.get("ends_on") or last_day)}
