"""Handlers that copy days and meals."""

import datetime
from collections.abc import Mapping, Sequence

import orjson
from aiohttp import web

from schema.ids import UserId
from sync_server.config.settings import CONFIG
from sync_server.nutrition import queries
from sync_server.nutrition import schemas as bodies
from sync_server.nutrition.copies import copied_logs, logs_of_meal, meal_in_plan
from sync_server.nutrition.food_logs import FOOD_LOGS
from sync_server.rate_limit.policies import PUSH_CHANGES, limited
from sync_server.rest.resource import Resource, resource_of, serialize
from sync_server.rest.schemas import schemas_of
from sync_server.store.fenced_reads import Reads, read_rows
from sync_server.store.postgres import POOL
from sync_server.sync.server_writes.edits import Edit, EditResult, RenderResponse
from sync_server.sync.server_writes.handle_edits import handle_edits
from sync_server.sync.stored_response import StoredResponse
from sync_server.web.body import load_fields, read_body
from sync_server.web.errors import InvalidParameter, NotFound, TooManyChanges
from sync_server.web.idempotency import required_key
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import NamedSchema, object_schema, operation
from sync_server.web.query import read_day
from sync_server.web.schemas import COUNT

MEALS, MEAL_ITEMS = resource_of("meals"), resource_of("meal_items")


def copies_schema(*resources: Resource) -> dict[str, object]:
    """JSON Schemas of the members of a response that `render_copies` writes."""
    lists: dict[str, object] = {
        it.collection.name: {"type": "array", "items": schemas_of(it).listed} for it in resources
    }
    return {"created": COUNT | {"description": "Number of new records"}} | lists


COPIED_DAY = NamedSchema("CopiedDay", object_schema(copies_schema(FOOD_LOGS)))
COPIED_MEAL = NamedSchema(
    "CopiedMeal",
    object_schema(
        copies_schema(FOOD_LOGS, MEALS, MEAL_ITEMS),
        "food_logs", "meals", "meal_items",
        description="`food_logs` of the day, or `meals` and `meal_items` of the plan.",
    ),
)  # fmt: skip


@operation(
    responses={200: COPIED_DAY},
    errors=(InvalidParameter, TooManyChanges),
    body=bodies.DAY_COPY,
    example=bodies.DAY_EXAMPLE,
    idempotent="must",
)
@limited(PUSH_CHANGES)
@needs(SYNC)
async def copy_day(request: web.Request) -> web.StreamResponse:
    """Copy a day's food logs to another day, or those of several days in a row.

    Earlier copies are not overwritten.
    """
    required_key(request)
    date, user_id = read_day("date", request.match_info["date"]), user_of(request)
    body = await read_body(request)
    fields = load_fields(body, bodies.DayCopy())
    to = datetime.date.fromisoformat(fields["to"])
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        edits = []
        for offset in range(fields.get("days", 1)):
            day = datetime.timedelta(days=offset)
            logs = await queries.read_logs(connection, user_id, date + day)
            ids = {log["food_id"] for _, log in logs if "food_id" in log}
            foods = await queries.read_foods(connection, user_id, ids)
            edits += copied_logs(user_id, logs, to + day, fields.get("slots"), foods)
    return await handle_edits(request, edits, render_copies(FOOD_LOGS), body)


@operation(
    responses={200: COPIED_MEAL},
    errors=(NotFound, TooManyChanges),
    body=bodies.MEAL_COPY,
    example=bodies.MEAL_EXAMPLE,
    idempotent="must",
)
@limited(PUSH_CHANGES)
@needs(SYNC)
async def copy_meal(request: web.Request) -> web.StreamResponse:
    """Log a planned meal on a day, or copy it with its items into a diet plan.

    Earlier copies are not overwritten.
    """
    required_key(request)
    user_id, body = user_of(request), await read_body(request)
    fields = load_fields(body, bodies.MealCopy())
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        edits = await _edits_of_meal(connection, user_id, request.match_info["id"], fields)
    kinds = (MEALS, MEAL_ITEMS) if "plan_id" in fields else (FOOD_LOGS,)
    return await handle_edits(request, edits, render_copies(*kinds), body)


async def _edits_of_meal(
    connection: Reads, user_id: UserId, meal_id: str, fields: Mapping[str, str]
) -> list[Edit]:
    meal = await queries.read_fields(connection, user_id, "meals", meal_id)
    if meal is None:
        raise NotFound("There is no such meal.")
    items = await queries.read_items(connection, user_id, meal_id)
    if plan_id := fields.get("plan_id"):
        if await queries.read_fields(connection, user_id, "diet_plans", plan_id) is None:
            raise NotFound("There is no such plan.")
        return meal_in_plan(user_id, meal_id, meal, items, plan_id)
    foods = await queries.read_foods(connection, user_id, {it["food_id"] for _, it in items})
    eaten, to = [item for _, item in items], datetime.date.fromisoformat(fields["to"])
    return logs_of_meal(user_id, meal_id, eaten, to, fields.get("slot"), foods)


def render_copies(*resources: Resource) -> RenderResponse:
    """Response with the number of new records, and all records by collection."""

    async def render(_connection: Reads, edited: Sequence[EditResult]) -> StoredResponse:
        records: dict[str, list[orjson.Fragment]] = {it.collection.name: [] for it in resources}
        for it in edited:
            records[it.record.collection].append(orjson.Fragment(serialize(it.record)))
        created = sum(it.created for it in edited)
        return StoredResponse(orjson.dumps({"created": created} | records), 200)

    return render
