"""The routes of calendar days."""

import datetime

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.days.day import Day, Reference, day_view
from sync_server.days.queries import day_views, read_days, read_reference
from sync_server.days.schemas import DAY_DIET, DAY_PARAMETERS, DAYS
from sync_server.formulas.nutrition import Plan, logged_nutrients, plans_of, portion
from sync_server.lookups.queries import read_plans
from sync_server.store.postgres import POOL, read_transaction
from sync_server.sync.schemas.day_views import DAY_VIEW
from sync_server.web.errors import InvalidParameter
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.query import read_day, read_parameters
from sync_server.web.respond import json_response

MOST_DAYS = 366


@operation(responses={200: DAY_VIEW}, errors=(InvalidParameter,))
@needs(SYNC)
async def get_day(request: web.Request) -> web.StreamResponse:
    """One day."""
    date, user_id = read_day("date", request.match_info["date"]), user_of(request)
    async with read_transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        views = await day_views(connection, user_id, [date])
    return json_response(request, views[0])


@operation(responses={200: DAYS}, query=DAY_PARAMETERS)
@needs(SYNC)
async def get_days(request: web.Request) -> web.StreamResponse:
    """The days from one to another, both included, 366 at most."""
    user_id = user_of(request)
    given = read_parameters(request.query.items(), ("from", "to"))
    if len(given) < 2:
        raise InvalidParameter("The parameters are from and to, each given once.")
    first, last = (read_day(name, given[name]) for name in ("from", "to"))
    length = (last - first).days + 1
    if not 1 <= length <= MOST_DAYS:
        raise InvalidParameter(f"A range is 1 to {MOST_DAYS} days long.")
    days = [first + datetime.timedelta(days=offset) for offset in range(length)]
    async with read_transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        views = await day_views(connection, user_id, days)
    return json_response(request, {"days": views})


@operation(responses={200: DAY_DIET}, errors=(InvalidParameter,))
@needs(SYNC)
async def get_day_diet(request: web.Request) -> web.StreamResponse:
    """The diet part of a day, with the entries behind its sums."""
    date, user_id = read_day("date", request.match_info["date"]), user_of(request)
    async with read_transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        by_day = await read_days(connection, user_id, [date])
        plans = await read_plans(connection, user_id)
        reference = await read_reference(connection, user_id, by_day.values(), plans)
    return json_response(request, diet(date, by_day[date], plans, reference))


def diet(
    date: datetime.date, day: Day, plans: list[Plan], reference: Reference
) -> dict[str, object]:
    """`diet` of the day view, and `entries`: planned items and logs with their nutrients.

    `unknown` counts the logs that lacked a nutrient: the sums leave those out.
    """
    logs = [dict(log) | logged_nutrients(log, reference.foods) for log in day.logs]
    planned = [
        dict(item) | portion(item, reference.foods)
        for plan in plans_of(date, plans)
        for item in plan.items
    ]
    view = day_view(date, day, plans, reference)["diet"]
    assert isinstance(view, dict)
    unknown = {
        name: sum(log[name] is None for log in logs)
        for name in ("energy_kcal", "protein_g", "carbs_g", "fat_g")
    }
    return view | {"entries": {"planned": planned, "logs": logs}, "unknown": unknown}
