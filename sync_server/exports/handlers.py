"""HTTP handlers of exports. Tables are rendered in threads: hundreds of lines take a while."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence

import orjson
from aiohttp import web

from schema import COLLECTIONS
from schema.collection import Collection
from sync_server.exports.collection_table import cells, headings, record_text
from sync_server.exports.csv_text import Cell, csv_text
from sync_server.exports.download import Pieces, send_export
from sync_server.exports.food_table import HEADINGS, lines
from sync_server.exports.queries import (
    Period,
    read_days,
    read_exercise_names,
    read_food_names,
    read_records,
    read_workouts,
)
from sync_server.exports.schemas import COLLECTION, CSV, JSON, PERIOD, RECORDS, TABLE, UNIT
from sync_server.exports.workout_tables import (
    STRONG_HEADINGS,
    Unit,
    WorkoutFormat,
    WorkoutLog,
    hevy_headings,
    hevy_lines,
    strong_lines,
)
from sync_server.lookups.time_zone import read_zone
from sync_server.rate_limit.policies import PULL_REQUESTS, limited
from sync_server.store.postgres import Connection
from sync_server.web.errors import InvalidParameter, NotFound
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.query import read_choice, read_day, read_parameters

UNITS: tuple[Unit, ...] = ("kg", "lb")


@operation(responses={200: TABLE}, errors=(NotFound,), query=PERIOD, path=COLLECTION)
@limited(PULL_REQUESTS)
@needs(SYNC)
async def get_csv(request: web.Request) -> web.StreamResponse:
    """Records of a collection as CSV: a line per record, a column per field."""
    declaration, period = _collection(request), _period(request)
    user_id = user_of(request)

    async def pieces(connection: Connection) -> Pieces:
        yield csv_text([headings(declaration)])
        async for rows in read_records(connection, user_id, declaration, period):
            table = (cells(declaration, row[0], orjson.loads(row[1])) for row in rows)
            yield await asyncio.to_thread(csv_text, table)

    return await send_export(request, f"{declaration.name}.csv", CSV, pieces)


@operation(responses={200: RECORDS}, errors=(NotFound,), query=PERIOD, path=COLLECTION)
@limited(PULL_REQUESTS)
@needs(SYNC)
async def get_json(request: web.Request) -> web.StreamResponse:
    """Records of a collection as one JSON array."""
    declaration, period = _collection(request), _period(request)
    user_id = user_of(request)

    async def pieces(connection: Connection) -> Pieces:
        separator = "["
        async for rows in read_records(connection, user_id, declaration, period):
            yield (separator + ",\n".join(record_text(row[0], row[1]) for row in rows)).encode()
            separator = ",\n"
        yield b"[]" if separator == "[" else b"]"

    return await send_export(request, f"{declaration.name}.json", JSON, pieces)


@operation(responses={200: TABLE}, query=PERIOD)
@limited(PULL_REQUESTS)
@needs(SYNC)
async def get_food_days(request: web.Request) -> web.StreamResponse:
    """Food diary as a dietitian reads it: a line per food, the sum below each day."""
    period, user_id = _period(request), user_of(request)

    async def pieces(connection: Connection) -> Pieces:
        yield csv_text([HEADINGS])
        async for logs in read_days(connection, user_id, COLLECTIONS["food_logs"], period):
            names = await read_food_names(connection, user_id, logs)
            yield await asyncio.to_thread(csv_text, lines(logs, names))

    return await send_export(request, "food-days.csv", CSV, pieces)


@operation(responses={200: TABLE}, query=PERIOD | UNIT)
@limited(PULL_REQUESTS)
@needs(SYNC)
async def get_strong(request: web.Request) -> web.StreamResponse:
    """Workouts as the Strong app exports them."""
    return await _workouts(request, "strong")


@operation(responses={200: TABLE}, query=PERIOD | UNIT)
@limited(PULL_REQUESTS)
@needs(SYNC)
async def get_hevy(request: web.Request) -> web.StreamResponse:
    """Workouts as the Hevy app exports them."""
    return await _workouts(request, "hevy")


async def _workouts(request: web.Request, app: str) -> web.StreamResponse:
    given = read_parameters(request.query.items(), (*PERIOD, *UNIT))
    unit, period, user_id = read_choice(given, "weight_unit", UNITS), _days(given), user_of(request)
    to_lines = hevy_lines if app == "hevy" else strong_lines
    quote = app == "hevy"

    async def pieces(connection: Connection) -> Pieces:
        yield csv_text([hevy_headings(unit) if quote else STRONG_HEADINGS], quote_text=quote)
        zone, sessions = await read_zone(connection, user_id), COLLECTIONS["workout_sessions"]
        async for rows in read_records(connection, user_id, sessions, period):
            logs = await read_workouts(connection, user_id, rows)
            ids = {fields["exercise_id"] for log in logs for fields in log.sets}
            names = await read_exercise_names(connection, user_id, ids)
            format = WorkoutFormat(unit, zone, names)
            table = _lines_of_all(to_lines, logs, format)
            yield await asyncio.to_thread(csv_text, table, quote_text=quote)

    return await send_export(request, f"{app}.csv", CSV, pieces)


def _lines_of_all(
    to_lines: Callable[[WorkoutLog, WorkoutFormat], Iterable[Sequence[Cell]]],
    logs: Iterable[WorkoutLog],
    format: WorkoutFormat,
) -> Iterator[Sequence[Cell]]:
    for log in logs:
        yield from to_lines(log, format)


def _collection(request: web.Request) -> Collection:
    declaration = COLLECTIONS.get(request.match_info["collection"])
    if declaration is None:
        raise NotFound
    return declaration


def _period(request: web.Request) -> Period:
    given = read_parameters(request.query.items(), tuple(PERIOD))
    return _days(given)


def _days(given: dict[str, str]) -> Period:
    first, last = (
        read_day(name, given[name]) if name in given else None for name in ("from", "to")
    )
    if first and last and last < first:
        raise InvalidParameter("to: Before from.", errors={"to": ["Before from."]})
    return Period(first, last)
