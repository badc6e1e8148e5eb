"""Progress over HTTP: parameters, windows, isolation of users, agreement with `/days`."""

import random
import uuid
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from schema.ids import catalogue_id, derived_id
from tests.api.progress_client import ProgressClient, days, delete, put
from tests.infrastructure.server import Server
from tests.support.client import Json

PATHS = ("weight", "metrics", "diet-adherence", "training-volume", "records", "streaks")
CHARTS = PATHS[:4]
BENCH = str(uuid.uuid4())
FIRST = "2026-11-01"
WINDOW = {"from": FIRST, "to": "2026-11-30"}


async def progress_client(server: Server) -> ProgressClient:
    someone = ProgressClient(server)
    await someone.register()
    return someone


@pytest.fixture
async def ann(server: Server) -> ProgressClient:
    return await progress_client(server)


@pytest.fixture
async def bob(server: Server) -> ProgressClient:
    return await progress_client(server)


def session(date: str, **fields: Any) -> Json:
    return put("workout_sessions", date=date, name="Push day", **fields)


def lift(of: Json, reps: int | None = 5, weight_kg: float | None = 100.0, **fields: Any) -> Json:
    values = {"reps": reps, "weight_kg": weight_kg}
    given = {name: value for name, value in values.items() if value is not None}
    return put(
        "workout_sets",
        **{"session_id": of["id"], "exercise_id": BENCH, "position": 1} | given | fields,
    )


def ate(date: str, **fields: Any) -> Json:
    whole = dict.fromkeys(("energy_kcal", "protein_g", "carbs_g", "fat_g"), 10.0)
    return put("food_logs", **{"date": date, "food_id": BENCH, "grams": 100.0} | whole | fields)


@pytest.mark.parametrize("path", PATHS)
async def test_an_empty_account_has_no_progress_and_no_error(
    ann: ProgressClient, path: str
) -> None:
    answer = await ann.progress(path)
    assert (answer["from"], answer["to"], answer["bucket"]) == (None, None, "day")
    for list_ in ("points", "exercises"):
        assert answer.get(list_, []) == []
    assert await ann.progress(path, **WINDOW, bucket="week") == answer | WINDOW | {
        "bucket": "week"
    } | ({"as_of": WINDOW["to"]} if path == "streaks" else {})


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("since", [("since", "2026-11-01")]),
        ("from", [("from", "2026-11-01"), ("from", "2026-11-01")]),
        ("from", [("from", "2026-W48-1")]),
        ("from", [("from", "2027-02-29")]),
        ("to", [("to", "")]),
        ("to", [("to", "２026-11-01")]),
        ("from", [("from", "2026-11-02"), ("to", "2026-11-01")]),
        ("bucket", [("bucket", "year")]),
    ],
)
async def test_a_bad_parameter_is_named(
    ann: ProgressClient, path: str, name: str, query: list[tuple[str, str]]
) -> None:
    status, problem = await ann.call("GET", f"/progress/{path}?{urlencode(query)}")
    assert (status, problem["code"]) == (400, "invalid_parameter")
    assert list(problem["errors"]) == [name]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("weight", {"metric": "weight_kg"}),
        ("metrics", {"metric": "notes"}),
        ("metrics", {"metric": ""}),
        ("metrics", {"metric": "steps,"}),
        ("training-volume", {"by": "session"}),
        ("training-volume", {"exercise_id": BENCH.upper()}),
        ("training-volume", {"formula": "epley"}),
        ("records", {"formula": "lombardi"}),
        ("records", {"by": "total"}),
        ("streaks", {"exercise_id": BENCH}),
    ],
)
async def test_each_route_has_its_own_parameters(
    ann: ProgressClient, path: str, query: Json
) -> None:
    status, problem = await ann.call("GET", f"/progress/{path}?{urlencode(query)}")
    assert (status, problem["code"]) == (400, "invalid_parameter")
    assert list(problem["errors"]) == list(query)


@pytest.mark.parametrize("path", CHARTS)
async def test_a_chart_is_of_three_years_at_most(ann: ProgressClient, path: str) -> None:
    await ann.progress(path, **{"from": "2026-01-01", "to": "2028-12-31"})
    query = urlencode({"from": "2026-01-01", "to": "2029-01-01"})
    status, problem = await ann.call("GET", f"/progress/{path}?{query}")
    assert (status, problem["code"]) == (400, "invalid_parameter")


async def test_without_an_end_the_newest_record_is_the_last_day(ann: ProgressClient) -> None:
    gone = ate("2027-05-01")
    await ann.apply(ann.measure("2026-11-20", weight_kg=80.0), ate("2026-11-25"), gone)
    await ann.apply(session("2026-11-23"), delete(gone))
    answer = await ann.progress("weight")
    assert (answer["from"], answer["to"]) == ("2026-08-28", "2026-11-25")
    answer = await ann.progress("weight", **{"from": "2026-11-21"})
    assert (answer["from"], answer["to"], answer["points"]) == ("2026-11-21", "2026-11-25", [])
    later = await ann.progress("weight", **{"from": "2030-01-01"})
    assert (later["from"], later["to"]) == ("2030-01-01", "2030-01-01")
    earliest = await ann.progress("weight", to="0001-01-01")
    assert (earliest["from"], earliest["to"]) == ("0001-01-01", "0001-01-01")


async def test_the_trend_at_the_beginning_is_that_of_the_history(ann: ProgressClient) -> None:
    chance = random.Random(4)
    dates = [date for date in days("2024-06-01", 900) if chance.random() < 0.6]
    await ann.apply(
        *(ann.measure(date, weight_kg=round(chance.uniform(78, 84), 1)) for date in dates),
        ann.measure("2026-11-26", steps=9000),
    )
    whole = await ann.progress("weight", **{"from": "2024-06-01", "to": "2026-11-26"})
    assert [point["date"] for point in whole["points"]] == dates
    for first in ("2024-06-02", "2025-01-01", "2026-02-28", "2026-11-17"):
        part = await ann.progress("weight", **{"from": first, "to": "2026-11-26"})
        assert part["points"] == [it for it in whole["points"] if it["date"] >= first]
        assert part["days_counted"] == len(part["points"])


async def test_a_lone_weighing_of_long_ago_seeds_the_trend(ann: ProgressClient) -> None:
    await ann.apply(
        ann.measure("2020-01-01", weight_kg=100.0), ann.measure("2026-11-23", weight_kg=80.0)
    )
    (point,) = (await ann.progress("weight", **WINDOW))["points"]
    assert (point["weight_kg"], point["trend_kg"]) == (80.0, 80.0)
    await ann.apply(ann.measure("2026-11-22", weight_kg=100.0))
    assert (await ann.progress("weight", **WINDOW))["points"][-1]["trend_kg"] == 98.0


async def test_metrics_are_those_that_are_asked_for(ann: ProgressClient) -> None:
    await ann.apply(
        ann.measure("2026-11-01", waist_cm=82.5, steps=8000),
        ann.measure("2026-11-30", waist_cm=81.5),
        ann.measure("2026-12-01", waist_cm=70.0),
    )
    answer = await ann.progress(
        "metrics", **WINDOW, metric="waist_cm,steps,waist_cm", bucket="month"
    )
    assert list(answer["metrics"]) == ["waist_cm", "steps"]
    assert answer["metrics"]["waist_cm"] == {
        "points": [{"date": "2026-11-01", "value": 82.0, "days_counted": 2}],
        "mean": 82.0, "min": 81.5, "max": 82.5, "first": 82.5, "last": 81.5, "days_counted": 2,
    }  # fmt: skip
    everything = (await ann.progress("metrics", **WINDOW))["metrics"]
    assert everything["steps"]["days_counted"] == 1
    assert everything["sleep_s"] == {
        "points": [],
        "mean": None, "min": None, "max": None, "first": None, "last": None, "days_counted": 0,
    }  # fmt: skip


def diary(chance: random.Random) -> list[Json]:
    """Two months of plans, logs with and without snapshots, workouts, all of it by chance."""
    foods = [
        put(
            "foods", name=f"Food {n}", energy_kcal=chance.randrange(900), fat_g=chance.randrange(9),
            protein_g=chance.randrange(40), carbs_g=chance.randrange(40),
        )
        for n in range(6)
    ]  # fmt: skip
    ids = [food["id"] for food in foods] + [str(uuid.uuid4())]
    changes = list(foods)
    for weekdays, starts_on in (([1, 2, 3, 4, 5], None), ([5, 6], "2026-11-10")):
        begins = {} if starts_on is None else {"starts_on": starts_on, "target_fat_g": 60.0}
        plan = put("diet_plans", name="Plan", days_of_week=weekdays, **begins)
        meal = put("meals", plan_id=plan["id"], name="Lunch", position=1)
        changes += [plan, meal]
        for position in range(4):
            grams, food_id = chance.uniform(50, 400), chance.choice(ids)
            item = {"meal_id": meal["id"], "position": position}
            changes.append(put("meal_items", **item, food_id=food_id, grams=round(grams, 1)))
    for date in days("2026-10-15", 60):
        for _ in range(chance.choice((0, 1, 3, 8))):
            log = ate(date, food_id=chance.choice(ids), grams=round(chance.uniform(1, 600), 1))
            for name in ("energy_kcal", "protein_g", "carbs_g", "fat_g"):
                log["data"][name] = round(chance.uniform(0, 50), 2)
                if chance.random() < 0.1:
                    del log["data"][name]
            changes.append(log)
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            begun = session(
                date, bodyweight_kg=80.0,
                started_at=f"{date}T20:00:00Z", ended_at=f"{date}T21:{chance.randrange(60):02}:30Z",
            )  # fmt: skip
            changes.append(begun)
            for _ in range(chance.randrange(8)):
                kind = chance.choice(("normal", "warmup", "drop", "failure"))
                reps = chance.choice((None, 0, 5, 12))
                weight = chance.choice((None, -10.0, 62.5, 101.37))
                changes.append(lift(begun, reps, weight, kind=kind))
    return changes + [delete(change) for change in chance.sample(changes, 25)]


@pytest.mark.parametrize("seed", [1, 2])
async def test_adherence_and_volume_are_those_of_the_days(ann: ProgressClient, seed: int) -> None:
    await ann.apply(*diary(random.Random(seed)))
    status, listed = await ann.call("GET", "/days?from=2026-11-01&to=2026-11-30")
    assert status == 200
    views = {view["date"]: view for view in listed["days"]}
    diets = await ann.progress("diet-adherence", **WINDOW)
    assert [it["date"] for it in diets["points"]] == [
        date for date, view in views.items() if view["diet"]["logs"]
    ]
    for point in diets["points"]:
        diet = views[point["date"]]["diet"]
        assert (point["actual"], point["adherence"]) == (diet["actual"], diet["adherence"])
        assert point["planned"] == (diet["planned"] if any(diet["planned"].values()) else None)
    adhered = [it["adherence"] for it in diets["points"] if it["adherence"] is not None]
    assert diets["days_counted"] == len(adhered)
    assert diets["adherence"] == pytest.approx(sum(adhered) / len(adhered), abs=0.1001)
    volume = await ann.progress("training-volume", **WINDOW)
    shown = {
        it["date"]: {name: it[name] for name in ("sessions", "sets", "volume_kg", "duration_s")}
        for it in volume["points"]
    }
    assert shown == {
        date: view["training"] for date, view in views.items() if view["training"]["sessions"]
    }


async def test_a_deleted_session_hides_its_sets(ann: ProgressClient) -> None:
    remaining, gone = session("2026-11-02"), session("2026-11-03")
    undone = lift(remaining, 5, 120.0)
    await ann.apply(remaining, gone, lift(remaining), lift(gone, 5, 140.0), undone)
    await ann.apply(delete(gone), delete(undone))
    volume = await ann.progress("training-volume", **WINDOW)
    assert (volume["total"]["sessions"], volume["total"]["volume_kg"]) == (1, 500.0)
    (best,) = (await ann.progress("records"))["exercises"]
    assert best["heaviest"]["weight_kg"] == 100.0
    assert best["one_rep_max"]["session_id"] == remaining["id"]
    assert (await ann.progress("streaks"))["workout_days"]["longest"]["length"] == 1


async def test_a_set_moves_with_the_day_of_its_session(ann: ProgressClient) -> None:
    moved = session("2026-11-02")
    await ann.apply(moved, lift(moved))
    await ann.apply(put("workout_sessions", moved["id"], date="2026-12-02", name="Moved"))
    assert (await ann.progress("training-volume", **WINDOW))["points"] == []
    (best,) = (await ann.progress("records", to="2026-12-31"))["exercises"]
    assert best["heaviest"]["date"] == "2026-12-02"


@pytest.mark.usefixtures("catalogue")
async def test_exercises_are_the_users_own_or_built_in(ann: ProgressClient) -> None:
    built_in = catalogue_id("exercises", "free-exercise-db", "Pullups")
    own = put("exercises", name="Floor press", primary_muscles=["chest"], equipment="barbell")
    deleted = put("exercises", name="Old press", primary_muscles=["chest"])
    day = session("2026-11-02", bodyweight_kg=80.0)
    await ann.apply(
        own, deleted, day,
        lift(day, 5, 100.0, exercise_id=own["id"], exercise_name="Called otherwise"),
        lift(day, 5, 60.0, exercise_id=deleted["id"]),
        lift(day, 5, None, exercise_id=built_in),
        lift(day, 5, 10.0, exercise_id=BENCH, exercise_name="Of the set"),
    )  # fmt: skip
    await ann.apply(delete(deleted))
    volume = await ann.progress("training-volume", **WINDOW, by="exercise")
    assert [(it["name"], it["total"]["volume_kg"]) for it in volume["exercises"]] == [
        ("Floor press", 500.0),
        ("Pullups", 400.0),
        ("Old press", 300.0),
        ("Of the set", 50.0),
    ]
    assert volume["total"]["bodyweight_sets"] == 1
    muscles = (await ann.progress("training-volume", **WINDOW, by="muscle"))["muscles"]
    assert [(it["muscle"], it["total"]["volume_kg"]) for it in muscles] == [
        ("chest", 800.0),
        ("lats", 400.0),
        (None, 50.0),
    ]
    assert [it["name"] for it in (await ann.progress("records"))["exercises"]] == [
        "Floor press", "Of the set", "Old press", "Pullups",
    ]  # fmt: skip


async def test_an_exercise_can_be_looked_at_alone(ann: ProgressClient) -> None:
    other = str(uuid.uuid4())
    both, one = session("2026-11-02"), session("2026-11-03")
    await ann.apply(
        both, one, lift(both), lift(both, 3, 50.0, exercise_id=other),
        lift(one, 8, 50.0, exercise_id=other),
    )  # fmt: skip
    alone = await ann.progress("training-volume", **WINDOW, exercise_id=BENCH)
    assert (alone["total"]["sessions"], alone["total"]["sets"]) == (1, 1)
    assert alone["total"]["duration_s"] is None
    (best,) = (await ann.progress("records", exercise_id=other, formula="brzycki"))["exercises"]
    assert best["exercise_id"] == other
    assert best["one_rep_max"]["one_rep_max_kg"] == round(36 * 50 / 29, 2)


async def test_records_are_of_the_whole_history_unless_a_window_is_asked_for(
    ann: ProgressClient,
) -> None:
    old, new = session("2015-02-28"), session("2026-11-02")
    await ann.apply(old, new, lift(old, 5, 150.0), lift(new))
    (best,) = (await ann.progress("records"))["exercises"]
    assert best["heaviest"]["date"] == "2015-02-28"
    (best,) = (await ann.progress("records", **WINDOW))["exercises"]
    assert best["heaviest"]["date"] == "2026-11-02"


async def test_more_workouts_than_are_read_at_a_time_are_all_read(ann: ProgressClient) -> None:
    sessions = [session(date) for date in days("2026-01-01", 230)]
    sets = [lift(one, 5, 50.0 + n) for n, one in enumerate(sessions)]
    await ann.apply(*sessions, *sets)
    (best,) = (await ann.progress("records"))["exercises"]
    assert best["heaviest"]["weight_kg"] == 279.0
    year = await ann.progress("training-volume", **{"from": "2026-01-01", "to": "2026-12-31"})
    assert year["total"]["sessions"] == 230


async def test_weeks_begin_as_the_profile_says(ann: ProgressClient) -> None:
    sunday, monday = session("2026-11-22"), session("2026-11-23")
    await ann.apply(sunday, monday)
    iso = await ann.progress("training-volume", **WINDOW, bucket="week")
    assert [point["date"] for point in iso["points"]] == ["2026-11-16", "2026-11-23"]
    assert (await ann.progress("streaks"))["workout_weeks"]["longest"]["length"] == 2
    profile = derived_id("profile", ann.user_id, ())
    await ann.apply(put("profile", profile, week_start=7))
    own = await ann.progress("training-volume", **WINDOW, bucket="week")
    assert [point["date"] for point in own["points"]] == ["2026-11-22"]
    streaks = await ann.progress("streaks")
    assert streaks["week_start"] == 7
    assert streaks["workout_weeks"]["longest"]["length"] == 1


async def test_streaks_are_as_of_the_last_day(ann: ProgressClient) -> None:
    await ann.apply(*(ate(date) for date in days("2026-11-01", 3) + days("2026-11-10", 2)))
    now = await ann.progress("streaks")
    assert now["as_of"] == "2026-11-11"
    assert now["food_log_days"] == {
        "current": {"length": 2, "from": "2026-11-10", "to": "2026-11-11"},
        "longest": {"length": 3, "from": "2026-11-01", "to": "2026-11-03"},
    }
    then = await ann.progress("streaks", to="2026-11-04")
    assert then["food_log_days"]["current"]["length"] == 3
    part = await ann.progress("streaks", **{"from": "2026-11-02", "to": "2026-11-04"})
    assert part["food_log_days"]["current"] == {
        "length": 2, "from": "2026-11-02", "to": "2026-11-03",
    }  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_sees_the_progress_of_another(
    ann: ProgressClient, bob: ProgressClient, path: str
) -> None:
    theirs = session("2026-11-05")
    await bob.apply(theirs, lift(theirs, 2, 40.0), ate("2026-11-05"))
    before = await bob.progress(path, **WINDOW)
    # Under another account the same id is another record, and so is what hangs on it.
    same = put("workout_sessions", theirs["id"], date="2026-11-05", name="Same id")
    await ann.apply(*diary(random.Random(7)), ann.measure("2026-11-20", weight_kg=80.0))
    await ann.apply(same, lift(same, 5, 150.0))
    assert await bob.progress(path, **WINDOW) == before
    if path == "training-volume":
        assert (before["total"]["sets"], before["total"]["volume_kg"]) == (1, 80.0)


@pytest.mark.parametrize("path", PATHS)
async def test_progress_needs_a_token_and_is_not_stored(ann: ProgressClient, path: str) -> None:
    async with aiohttp.ClientSession() as http:
        url = f"{ann.api}/progress/{path}"
        token = {"Authorization": f"Bearer {ann.tokens['access_token']}"}
        async with http.get(url, headers=token) as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
        async with http.get(url) as answer:
            assert answer.status == 401
