"""A year of daily use, and what each chart of it costs beside merely reading its rows."""

import asyncio
import datetime
import json
import time
from collections.abc import Iterator, Sequence
from uuid import uuid4

import asyncpg
import orjson
import uvloop
from rich.table import Table

from bench.load import push_body
from bench.meter import Measure, Meter, percentile
from bench.runs import apart
from bench.stage import Stage
from bench.wire import Account, Line, request
from schema.ids import derived_id

FIRST = datetime.date(2025, 11, 24)
DAYS, LOGS_A_DAY, SETS, FOODS, EXERCISES = 365, 12, 18, 60, 20
TIMES, WARM_UP = 60, 5
BATCH = 1000
NEEDED = {
    "weight": ("body_metrics",),
    "metrics": ("body_metrics",),
    "diet-adherence": ("food_logs", "diet_plans", "meals", "meal_items", "foods"),
    "training-volume": ("workout_sessions", "workout_sets"),
    "records": ("workout_sessions", "workout_sets"),
    "streaks": ("food_logs", "workout_sessions"),
}
QUERIES = {
    "training-volume": "&by=exercise",
    "weight": "",
    "metrics": "",
    "diet-adherence": "",
    "records": "",
    "streaks": "",
}
READ = "SELECT data FROM records WHERE user_id = $1 AND collection = ANY($2::text[])"

Change = dict[str, object]


def measure(stage: Stage) -> Table:
    """Processor time and latency of each route over the year, by one user alone on the server."""
    (account,) = stage.accounts(1)
    count = uvloop.run(_fill(stage.base_url, account))
    table = Table("", "server ms", "PostgreSQL ms", "p50 ms", "p99 ms", "rows", "plain ms", "ratio")
    table.title = f"A year of {count:,} records, by week; milliseconds of processor time a request"
    for name, collections in NEEDED.items():
        measured = apart(_request_once, stage, account, name)
        plain, rows = apart(_read, stage, account, collections)
        spent = 1e3 * (measured.cpu["server"] + measured.cpu["postgres"]) / TIMES
        bare = 1e3 * (plain.cpu["load"] + plain.cpu["postgres"]) / TIMES
        table.add_row(
            name,
            f"{1e3 * measured.cpu['server'] / TIMES:.1f}",
            f"{1e3 * measured.cpu['postgres'] / TIMES:.1f}",
            f"{percentile(measured.latencies, 0.5):.1f}",
            f"{percentile(measured.latencies, 0.99):.1f}",
            f"{rows:,}",
            f"{bare:.1f}",
            f"{spent / bare:.2f}",
        )
    return table


def _request_once(stage: Stage, account: Account, name: str) -> Measure:
    return uvloop.run(_request(stage, account, name))


async def _request(stage: Stage, account: Account, name: str) -> Measure:
    last = FIRST + datetime.timedelta(days=DAYS - 1)
    path = f"/progress/{name}?from={FIRST}&to={last}&bucket=week{QUERIES[name]}"
    sent, latencies = request("GET", path, account.token), list[float]()
    line = await Line.open(stage.base_url)
    try:
        for _ in range(WARM_UP):
            await line.ask(sent)
        meter = Meter(stage.pids)
        for _ in range(TIMES):
            started = time.perf_counter()
            await line.ask(sent)
            latencies.append(time.perf_counter() - started)
        return meter.stop(TIMES, latencies)
    finally:
        line.close()


def _read(stage: Stage, account: Account, collections: Sequence[str]) -> tuple[Measure, int]:
    return uvloop.run(_plain(stage, account, collections))


async def _plain(stage: Stage, account: Account, collections: Sequence[str]) -> tuple[Measure, int]:
    """The reference: the rows that a route needs, read by asyncpg and parsed by orjson."""
    connection = await asyncpg.connect(stage.database_url)
    try:
        rows: list[asyncpg.Record] = []
        for _ in range(WARM_UP):
            rows = await connection.fetch(READ, account.user_id, collections)
        meter = Meter(stage.pids)
        for _ in range(TIMES):
            rows = await connection.fetch(READ, account.user_id, collections)
            for row in rows:
                orjson.loads(row["data"])
        return meter.stop(TIMES, []), len(rows)
    finally:
        await connection.close()


async def _fill(base_url: str, account: Account) -> int:
    changes = [json.dumps(change) for change in _year(account.user_id)]
    line = await Line.open(base_url)
    try:
        for first in range(0, len(changes), BATCH):
            body = push_body(changes[first : first + BATCH], str(uuid4()))
            await line.ask(request("POST", "/sync/push", account.token, body, key=uuid4().hex))
            await asyncio.sleep(0)
    finally:
        line.close()
    return len(changes)


def _put(collection: str, id: str, **data: object) -> Change:
    return {
        "collection": collection,
        "id": id,
        "op": "put",
        "clock": 1_790_000_000_000_001,
        "data": data,
    }


def _year(user_id: str) -> Iterator[Change]:
    """A plan, twelve logs and a weighing a day, and a workout every second one."""
    foods = [str(uuid4()) for _ in range(FOODS)]
    for number, food in enumerate(foods):
        macros = {"energy_kcal": 100 + number, "protein_g": 10, "carbs_g": 12, "fat_g": 3}
        yield _put("foods", food, name=f"Food {number}", **macros)
    plan = str(uuid4())
    yield _put("diet_plans", plan, name="Plan", days_of_week=[1, 2, 3, 4, 5, 6, 7])
    for position in range(4):
        meal = str(uuid4())
        yield _put("meals", meal, plan_id=plan, name=f"Meal {position}", position=position)
        for item in range(3):
            named = {"food_id": foods[3 * position + item], "grams": 120, "position": item}
            yield _put("meal_items", str(uuid4()), meal_id=meal, **named)
    exercises = [str(uuid4()) for _ in range(EXERCISES)]
    for number, exercise in enumerate(exercises):
        muscles = {"primary_muscles": ["chest"], "category": "strength"}
        yield _put("exercises", exercise, name=f"Exercise {number}", **muscles)
    for number in range(DAYS):
        day = (FIRST + datetime.timedelta(days=number)).isoformat()
        weighed = derived_id("body_metrics", user_id, (day,))
        yield _put("body_metrics", weighed, date=day, weight_kg=80 + number % 7 / 10, steps=9000)
        for log in range(LOGS_A_DAY):
            food = foods[(number + log) % FOODS]
            yield _put("food_logs", str(uuid4()), date=day, food_id=food, grams=100 + log)
        if number % 2 == 0:
            session = str(uuid4())
            yield _put("workout_sessions", session, date=day, name="Push")
            for position in range(SETS):
                done = {"reps": 5 + position % 6, "weight_kg": 60 + position, "position": position}
                exercise = exercises[(number + position // 3) % EXERCISES]
                named = {"session_id": session, "exercise_id": exercise}
                yield _put("workout_sets", str(uuid4()), **named, **done)
