"""Handlers of the progress routes.

Years of records are computed in threads, so that the event loop stays free.
"""

import asyncio
import datetime
import functools
from collections.abc import Callable

from aiohttp import web

from schema.ids import UserId
from sync_server.config.settings import CONFIG
from sync_server.lookups.plans import read_plans
from sync_server.lookups.queries import read_exercises, read_foods
from sync_server.progress import queries, schemas
from sync_server.progress.adherence import diet_adherence, referenced_foods
from sync_server.progress.periods import Window
from sync_server.progress.query import ProgressQuery, history, read_progress_query, recent
from sync_server.progress.records import Bests, add_records, personal_records
from sync_server.progress.streaks import streaks
from sync_server.progress.trends import metric_progress, weight_progress
from sync_server.progress.volume import referenced_exercises, sets_of_exercise, training_volume
from sync_server.store.fenced_reads import Reads, read_rows
from sync_server.store.postgres import POOL, transaction
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.respond import computed_response


@operation(responses={200: schemas.WEIGHT}, query=schemas.CHART_PARAMETERS)
@needs(SYNC)
async def get_weight(request: web.Request) -> web.StreamResponse:
    """Body weight and its trend."""
    query, user_id = read_progress_query(request.query.items()), user_of(request)
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        window = await _window(connection, user_id, query, recent)
        weights = await queries.read_weights(connection, user_id, window)
    return await computed_response(request, weight_progress, window, weights)


@operation(responses={200: schemas.METRICS_PROGRESS}, query=schemas.METRIC_PARAMETERS)
@needs(SYNC)
async def get_metrics(request: web.Request) -> web.StreamResponse:
    """Body measurements other than weight, with mean and range."""
    query, user_id = read_progress_query(request.query.items(), "metric"), user_of(request)
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        window = await _window(connection, user_id, query, recent)
        days = await queries.read_metrics(connection, user_id, window)
    return await computed_response(request, metric_progress, window, days, query.metrics)


@operation(responses={200: schemas.ADHERENCE}, query=schemas.CHART_PARAMETERS)
@needs(SYNC)
async def get_diet_adherence(request: web.Request) -> web.StreamResponse:
    """Planned and eaten nutrients, and adherence to the plan."""
    query, user_id = read_progress_query(request.query.items()), user_of(request)
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        window = await _window(connection, user_id, query, recent)
        logs = await queries.read_logs(connection, user_id, window)
        plans = await read_plans(connection, user_id)
        foods = await read_foods(connection, user_id, referenced_foods(logs, plans))
    return await computed_response(request, diet_adherence, window, logs, plans, foods)


@operation(responses={200: schemas.VOLUME}, query=schemas.VOLUME_PARAMETERS)
@needs(SYNC)
async def get_training_volume(request: web.Request) -> web.StreamResponse:
    """Training volume, in total, by exercise or by primary muscle."""
    query = read_progress_query(request.query.items(), "by", "exercise_id")
    user_id = user_of(request)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        window = await _window(connection, user_id, query, recent)
        batches = queries.read_workouts(connection, user_id, window)
        workouts = [workout async for batch in batches for workout in batch]
        if query.exercise_id:
            workouts = sets_of_exercise(workouts, query.exercise_id)
        ids = referenced_exercises(workouts, query.by)
        exercises = await read_exercises(connection, user_id, ids)
    timed = query.exercise_id is None
    compute = functools.partial(training_volume, timed=timed)
    return await computed_response(request, compute, window, workouts, exercises, query.by)


@operation(responses={200: schemas.RECORDS}, query=schemas.RECORD_PARAMETERS)
@needs(SYNC)
async def get_records(request: web.Request) -> web.StreamResponse:
    """Personal records of each exercise."""
    query = read_progress_query(request.query.items(), "exercise_id", "formula")
    user_id = user_of(request)
    bests: dict[str, Bests] = {}
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        window = await _window(connection, user_id, query, history)
        async for workouts in queries.read_workouts(connection, user_id, window):
            if query.exercise_id:
                workouts = sets_of_exercise(workouts, query.exercise_id)
            await asyncio.to_thread(add_records, bests, workouts, query.formula)
        exercises = await read_exercises(connection, user_id, bests.keys())
    arguments = window, bests, exercises, query.formula
    return await computed_response(request, personal_records, *arguments)


@operation(responses={200: schemas.STREAKS}, query=schemas.HISTORY_PARAMETERS)
@needs(SYNC)
async def get_streaks(request: web.Request) -> web.StreamResponse:
    """Streaks of days with food logs, and of days and weeks with workouts."""
    query, user_id = read_progress_query(request.query.items()), user_of(request)
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        window = await _window(connection, user_id, query, history)
        logged = await queries.read_active_days(connection, user_id, "food_logs", window)
        trained = await queries.read_active_days(connection, user_id, "workout_sessions", window)
    return await computed_response(request, streaks, window, logged, trained)


async def _window(
    connection: Reads,
    user_id: UserId,
    query: ProgressQuery,
    make: Callable[[ProgressQuery, datetime.date | None, int], Window],
) -> Window:
    """Window of a query, in the user's calendar."""
    return make(query, *await queries.read_calendar(connection, user_id))
