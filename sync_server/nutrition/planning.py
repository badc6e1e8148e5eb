"""Handlers of diet plans: their revisions from a day on, and shopping lists."""

import datetime
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from schema.ids import UserId, derived_id
from schema.json_schema import body_schema
from sync_server.config.settings import CONFIG
from sync_server.formulas.shopping import planned_days, shopping_amounts
from sync_server.nutrition import queries
from sync_server.nutrition.copies import meal_in_plan, revised_plan
from sync_server.nutrition.handlers import MEAL_ITEMS, MEALS, copies_schema, render_copies
from sync_server.nutrition.schemas import PlanRevision
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PULL_REQUESTS, PUSH_CHANGES, limited
from sync_server.rest.resource import resource_of
from sync_server.store.fenced_reads import Reads, read_rows
from sync_server.store.postgres import POOL
from sync_server.sync.schemas.records import ID
from sync_server.sync.server_writes.edits import Edit
from sync_server.sync.server_writes.handle_edits import handle_edits
from sync_server.web.body import load_fields, read_body
from sync_server.web.errors import InvalidParameter, InvalidRecord, NotFound, TooManyChanges
from sync_server.web.idempotency import required_key
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import NamedSchema, Parameter, object_schema, operation
from sync_server.web.query import read_day, read_parameters
from sync_server.web.respond import json_response
from sync_server.web.schemas import AMOUNT, COUNT, DAY

MAX_LIST_DAYS = 31
PLANS = resource_of("diet_plans")
REVISION = NamedSchema("PlanRevision", body_schema(PlanRevision))
REVISED = NamedSchema("RevisedPlan", object_schema(copies_schema(PLANS, MEALS, MEAL_ITEMS)))
SHOPPING_LIST = NamedSchema(
    "ShoppingList",
    object_schema(
        {
            "from": DAY,
            "to": DAY,
            "days": COUNT | {"description": "Number of days on which the plan is eaten"},
            "items": {
                "type": "array",
                "items": object_schema(
                    {
                        "food_id": ID,
                        "food_name": {"type": ["string", "null"], "description": "null: unknown"},
                        "brand": {"type": ["string", "null"]},
                        "grams": AMOUNT,
                    }
                ),
                "description": "Foods by name",
            },
        }
    ),
)
LIST_DAYS = {
    "from": Parameter(DAY, "First day", required=True),
    "to": Parameter(DAY, f"Last day, inclusive; at most {MAX_LIST_DAYS} days", required=True),
}


@operation(
    responses={200: REVISED},
    errors=(NotFound, InvalidRecord, TooManyChanges),
    body=REVISION,
    example={"starts_on": "2026-12-01"},
    idempotent="must",
)
@limited(PUSH_CHANGES)
@needs(SYNC)
async def revise_plan(request: web.Request) -> web.StreamResponse:
    """End a plan on the day before, and continue it as a copy that can be changed.

    So earlier days keep what was planned. An earlier copy is not overwritten.
    """
    required_key(request)
    user_id, body = user_of(request), await read_body(request)
    start = datetime.date.fromisoformat(load_fields(body, PlanRevision())["starts_on"])
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        edits = await _edits_of_revision(connection, user_id, request.match_info["id"], start)
    return await handle_edits(request, edits, render_copies(PLANS, MEALS, MEAL_ITEMS), body)


async def _edits_of_revision(
    connection: Reads, user_id: UserId, plan_id: str, start: datetime.date
) -> list[Edit]:
    plan = await _read_plan(connection, user_id, plan_id)
    _check_start(plan, start)
    new_id = derived_id("diet_plans", user_id, ("revision", plan_id, start.isoformat()))
    edits = revised_plan(plan_id, new_id, plan, start)
    for meal_id, meal in await queries.read_children(connection, user_id, "meals", plan_id):
        items = await queries.read_items(connection, user_id, meal_id)
        edits += meal_in_plan(user_id, meal_id, meal, items, new_id)
    return edits


def _check_start(plan: Mapping[str, Any], start: datetime.date) -> None:
    """Raise InvalidRecord unless the plan has a day before `start` and ends there or later."""
    before = (start - datetime.timedelta(days=1)).isoformat()
    if (plan.get("starts_on") or before) > before:
        raise InvalidRecord(errors={"starts_on": ["The plan has no day before this one."]})
    if (plan.get("ends_on") or before) < before:
        raise InvalidRecord(errors={"starts_on": ["The plan has ended before this day."]})


@operation(
    responses={200: SHOPPING_LIST}, errors=(NotFound, InvalidParameter), query=LIST_DAYS
)  # fmt: skip
@limited(PULL_REQUESTS)
@needs(SYNC)
async def get_shopping_list(request: web.Request) -> web.StreamResponse:
    """Foods that a diet plan needs over some days."""
    user_id = user_of(request)
    given = read_parameters(request.query.items(), tuple(LIST_DAYS))
    if len(given) < len(LIST_DAYS):
        raise InvalidParameter("The parameters are from and to, each given once.")
    first, last = (read_day(name, given[name]) for name in LIST_DAYS)
    length = (last - first).days + 1
    if not 1 <= length <= MAX_LIST_DAYS:
        raise InvalidParameter(f"A range is 1 to {MAX_LIST_DAYS} days long.")
    await charge(request, Cost(PULL_REQUESTS, user_id))
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        plan = await _read_plan(connection, user_id, request.match_info["id"])
        items = await queries.read_items_of_plan(connection, user_id, request.match_info["id"])
        ids = {item["food_id"] for item in items}
        foods = await queries.read_foods(connection, user_id, ids)
    days = len(planned_days(plan, (first + datetime.timedelta(days=n) for n in range(length))))
    amounts = shopping_amounts(items, days) if days else {}
    listed = [_list_entry(id, grams, foods.get(id, {})) for id, grams in amounts.items()]
    listed.sort(key=lambda it: (str(it["food_name"] or "").casefold(), str(it["food_id"])))
    return json_response(request, given | {"days": days, "items": listed})


def _list_entry(food_id: str, grams: float, food: Mapping[str, Any]) -> dict[str, object]:
    names = {"food_name": food.get("name"), "brand": food.get("brand")}
    return {"food_id": food_id, **names, "grams": grams}


async def _read_plan(connection: Reads, user_id: UserId, plan_id: str) -> Mapping[str, Any]:
    plan = await queries.read_fields(connection, user_id, "diet_plans", plan_id)
    if plan is None:
        raise NotFound("There is no such plan.")
    return plan
