"""Handlers of the day routes."""

import datetime
from collections.abc import Mapping

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.days.day import DayContext, diet
from sync_server.days.diet_entries import diet_entries, referenced_meals
from sync_server.days.parts import DIET
from sync_server.days.queries import read_day_views, read_days, read_lookups, read_meals
from sync_server.days.schemas import (
    DAY_DIET,
    DAY_PARAMETERS,
    DAY_VIEW,
    DAYS,
    MAX_DAYS,
    NUTRIENTS_PARAMETER,
)
from sync_server.lookups.plans import read_plans
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import POOL
from sync_server.web.errors import InvalidParameter
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.query import read_choice, read_day, read_parameters, reject_repeated
from sync_server.web.respond import computed_response, json_response

MANY_DAYS = 62
"""Days of a range from which their text is made in a thread."""


@operation(responses={200: DAY_VIEW}, query=NUTRIENTS_PARAMETER, errors=(InvalidParameter,))
@needs(SYNC)
async def get_day(request: web.Request) -> web.StreamResponse:
    """Day view of one day."""
    date, user_id = read_day("date", request.match_info["date"]), user_of(request)
    reject_repeated(request.query.items(), "nutrients")
    with_nutrients = _with_nutrients(request.query)
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        views = await read_day_views(connection, user_id, [date], with_nutrients=with_nutrients)
    return json_response(request, views[0])


@operation(responses={200: DAYS}, query=DAY_PARAMETERS | NUTRIENTS_PARAMETER)
@needs(SYNC)
async def get_days(request: web.Request) -> web.StreamResponse:
    """Day views of a range of days, both ends included, at most 366 days."""
    user_id = user_of(request)
    given = read_parameters(request.query.items(), ("from", "to", "nutrients"))
    if not {"from", "to"} <= given.keys():
        raise InvalidParameter("The parameters are from and to, each given once.")
    with_nutrients = _with_nutrients(given)
    first, last = (read_day(name, given[name]) for name in ("from", "to"))
    length = (last - first).days + 1
    if not 1 <= length <= MAX_DAYS:
        raise InvalidParameter(f"A range is 1 to {MAX_DAYS} days long.")
    days = [first + datetime.timedelta(days=offset) for offset in range(length)]
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        views = await read_day_views(connection, user_id, days, with_nutrients=with_nutrients)
    if length > MANY_DAYS:
        return await computed_response(request, lambda: {"days": views})
    return json_response(request, {"days": views})


@operation(responses={200: DAY_DIET}, errors=(InvalidParameter,))
@needs(SYNC)
async def get_day_diet(request: web.Request) -> web.StreamResponse:
    """Diet of one day, with the entries behind its sums, by meal."""
    date, user_id = read_day("date", request.match_info["date"]), user_of(request)
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        by_day = await read_days(connection, user_id, [date])
        plans = await read_plans(connection, user_id)
        lookups = await read_lookups(connection, user_id, by_day.values(), plans)
        logs, context = by_day[date][DIET.collection], DayContext(date, plans, lookups)
        meals = await read_meals(connection, user_id, referenced_meals(logs, context))
    return json_response(request, diet(logs, context) | diet_entries(logs, context, meals))


def _with_nutrients(given: Mapping[str, str]) -> bool:
    return read_choice(given, "nutrients", ("false", "true")) == "true"
