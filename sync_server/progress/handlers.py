"""The routes of progress."""

import datetime
from collections.abc import Callable

from aiohttp import web

from schema.ids import UserId
from sync_server.config.settings import CONFIG
from sync_server.lookups.queries import read_exercises, read_foods, read_plans
from sync_server.progress import queries
from sync_server.progress import schemas as answers
from sync_server.progress.adherence import diet_adherence, foods_to_know
from sync_server.progress.periods import Window
from sync_server.progress.query import Question, history, read_question, recent
from sync_server.progress.records import Bests, add_records, personal_records
from sync_server.progress.streaks import streaks
from sync_server.progress.trends import metric_progress, weight_progress
from sync_server.progress.volume import exercises_to_know, only, training_volume
from sync_server.store.postgres import POOL, Connection, read_transaction, transaction
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.respond import json_response


@operation(responses={200: answers.WEIGHT}, query=answers.CHART_PARAMETERS)
@needs(SYNC)
async def get_weight(request: web.Request) -> web.StreamResponse:
    """Body weight and its trend."""
    question, user_id = read_question(request.query.items()), user_of(request)
    async with read_transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        window = await _window(connection, user_id, question, recent)
        weights = await queries.read_weights(connection, user_id, window)
    return json_response(request, weight_progress(window, weights))


@operation(responses={200: answers.METRICS_PROGRESS}, query=answers.METRIC_PARAMETERS)
@needs(SYNC)
async def get_metrics(request: web.Request) -> web.StreamResponse:
    """Whatever else is measured about the body."""
    question, user_id = read_question(request.query.items(), "metric"), user_of(request)
    async with read_transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        window = await _window(connection, user_id, question, recent)
        days = await queries.read_metrics(connection, user_id, window)
    return json_response(request, metric_progress(window, days, question.metrics))


@operation(responses={200: answers.ADHERENCE}, query=answers.CHART_PARAMETERS)
@needs(SYNC)
async def get_diet_adherence(request: web.Request) -> web.StreamResponse:
    """What was planned and eaten, and how near the one came to the other."""
    question, user_id = read_question(request.query.items()), user_of(request)
    async with read_transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        window = await _window(connection, user_id, question, recent)
        logs = await queries.read_logs(connection, user_id, window)
        plans = await read_plans(connection, user_id)
        foods = await read_foods(connection, user_id, foods_to_know(logs, plans))
    return json_response(request, diet_adherence(window, logs, plans, foods))


@operation(responses={200: answers.VOLUME}, query=answers.VOLUME_PARAMETERS)
@needs(SYNC)
async def get_training_volume(request: web.Request) -> web.StreamResponse:
    """How much was trained, as a whole, by exercise or by primary muscle."""
    question = read_question(request.query.items(), "by", "exercise_id")
    user_id = user_of(request)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        window = await _window(connection, user_id, question, recent)
        batches = queries.read_workouts(connection, user_id, window)
        workouts = [workout async for batch in batches for workout in batch]
        if question.exercise_id:
            workouts = only(workouts, question.exercise_id)
        ids = exercises_to_know(workouts, question.by)
        exercises = await read_exercises(connection, user_id, ids)
    timed = question.exercise_id is None
    answer = training_volume(window, workouts, exercises, question.by, timed=timed)
    return json_response(request, answer)


@operation(responses={200: answers.RECORDS}, query=answers.RECORD_PARAMETERS)
@needs(SYNC)
async def get_records(request: web.Request) -> web.StreamResponse:
    """The best that was done of each exercise."""
    question = read_question(request.query.items(), "exercise_id", "formula")
    user_id = user_of(request)
    bests: dict[str, Bests] = {}
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        window = await _window(connection, user_id, question, history)
        async for workouts in queries.read_workouts(connection, user_id, window):
            if question.exercise_id:
                workouts = only(workouts, question.exercise_id)
            add_records(bests, workouts, question.formula)
        exercises = await read_exercises(connection, user_id, bests.keys())
    return json_response(request, personal_records(window, bests, exercises, question.formula))


@operation(responses={200: answers.STREAKS}, query=answers.HISTORY_PARAMETERS)
@needs(SYNC)
async def get_streaks(request: web.Request) -> web.StreamResponse:
    """How many days or weeks in a row food was logged and workouts were done."""
    question, user_id = read_question(request.query.items()), user_of(request)
    async with read_transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        window = await _window(connection, user_id, question, history)
        logged = await queries.read_active_days(connection, user_id, "food_logs", window)
        trained = await queries.read_active_days(connection, user_id, "workout_sessions", window)
    return json_response(request, streaks(window, logged, trained))


async def _window(
    connection: Connection,
    user_id: UserId,
    question: Question,
    make: Callable[[Question, datetime.date | None, int], Window],
) -> Window:
    """The window of a question, in the user's own calendar."""
    return make(question, *await queries.read_calendar(connection, user_id))
