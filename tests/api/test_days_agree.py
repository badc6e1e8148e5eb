"""Day views: three routes and an independent computation agree."""

import datetime
import itertools
import random
from collections import defaultdict
from typing import Any

import pytest

from schema.ids import catalogue_id
from tests.support.client import Client, Json
from tests.support.sample_records import new_id
from tests.unit import naive_day as naive

pytestmark = pytest.mark.usefixtures("catalogue")
DAYS = [(datetime.date(2026, 11, 16) + datetime.timedelta(days=n)).isoformat() for n in range(10)]
BUTTER = catalogue_id("foods", "usda-sr28", "01001")
PULL_UPS = catalogue_id("exercises", "free-exercise-db", "Pullups")
TARGETS = [f"target_{name}" for name in naive.NAMES]
_clocks = itertools.count(1_420_070_400_000_000)  # the beginning of 2015


def put(collection: str, **data: Any) -> Json:
    return {
        "collection": collection, "id": new_id(), "op": "put", "clock": next(_clocks), "data": data,
    }  # fmt: skip


def diary(chance: random.Random) -> list[Json]:
    """Plans, foods, logs and workouts of ten days, some of it deleted, in no order."""

    def amount() -> float:
        return round(chance.uniform(0, 100), 2)

    def nutrients(*names: str) -> Json:
        return {name: amount() for name in names}

    foods = [put("foods", name="Own", **nutrients(*naive.NAMES)) for _ in range(3)]
    eaten = [food["id"] for food in foods] + [BUTTER, new_id()]
    made = list(foods)
    for _ in range(3):
        weekdays = chance.sample(range(1, 8), chance.randint(1, 7))
        targets = (
            nutrients(*(f"target_{name}" for name in naive.NAMES)) if chance.random() < 0.5 else {}
        )
        until = {"ends_on": chance.choice(DAYS)} if chance.random() < 0.5 else {}
        plan = put("diet_plans", name="Plan", days_of_week=weekdays, active=chance.random() < 0.8,
                   **targets, **until)  # fmt: skip
        made.append(plan)
        for position in range(chance.randint(0, 2)):
            meal = put("meals", plan_id=plan["id"], name="Meal", position=position)
            made.append(meal)
            made += [
                put("meal_items", meal_id=meal["id"], food_id=chance.choice(eaten), grams=amount(),
                    position=number)
                for number in range(chance.randint(0, 3))
            ]  # fmt: skip
    for day in DAYS:
        for _ in range(chance.randint(0, 4)):
            snapshot = nutrients(*naive.NAMES) if chance.random() < 0.5 else {}
            food = chance.choice(eaten)
            made.append(put("food_logs", date=day, food_id=food, grams=amount(), **snapshot))
        for _ in range(chance.randint(0, 2)):
            made += _workout(chance, day)
    removed = chance.sample([one for one in made if one["collection"] != "foods"], len(made) // 8)
    made += [
        {"collection": one["collection"], "id": one["id"], "op": "delete", "clock": next(_clocks)}
        for one in removed
    ]
    chance.shuffle(made)
    return made


def _workout(chance: random.Random, day: str) -> list[Json]:
    ends = {"started_at": f"{day}T23:30:00+01:00", "ended_at": f"{day}T23:55:30Z"}
    session = put(
        "workout_sessions", date=day, name="Workout",
        **(ends if chance.random() < 0.5 else {}),
        **({"bodyweight_kg": 80.5} if chance.random() < 0.5 else {}),
    )  # fmt: skip
    sets = []
    for position in range(chance.randint(0, 4)):
        weight = {"weight_kg": chance.randint(-40, 480) / 4} if chance.random() < 0.7 else {}
        sets.append(
            put(
                "workout_sets", session_id=session["id"],
                exercise_id=chance.choice((PULL_UPS, new_id())), position=position,
                kind=chance.choice(("normal", "warmup", "drop", "failure")),
                reps=chance.randint(0, 20), **weight,
            )
        )  # fmt: skip
    return [session, *sets]


class LiveRecords:
    """Live records: the last change of each, without the children of deleted ones."""

    def __init__(self, changes: list[Json], butter: Json) -> None:
        last = {one["id"]: one for one in sorted(changes, key=lambda one: one["clock"])}
        # The clocks are of a time before these days: a plan that was deleted then plans none.
        deleted = {id for id, one in last.items() if one["op"] == "delete"}
        self.of: dict[str, list[tuple[str, Json]]] = defaultdict(list)
        for id, one in last.items():
            if id not in deleted:
                self.of[one["collection"]].append((id, one["data"]))
        self.foods = dict(self.of["foods"]) | {BUTTER: butter}

    def plans(self) -> list[tuple[Json, list[Json]]]:
        return [
            (
                plan,
                [
                    item for meal_id, meal in self.of["meals"] if meal["plan_id"] == id
                    for _, item in self.of["meal_items"] if item["meal_id"] == meal_id
                ],
            )
            for id, plan in self.of["diet_plans"]
        ]  # fmt: skip

    def logs(self, day: str) -> list[Json]:
        return [log for _, log in self.of["food_logs"] if log["date"] == day]

    def sessions(self, day: str) -> list[tuple[Json, list[Json]]]:
        return [
            (session, [one for _, one in self.of["workout_sets"] if one["session_id"] == id])
            for id, session in self.of["workout_sessions"]
            if session["date"] == day
        ]


@pytest.mark.parametrize("seed", range(6))
async def test_a_day_is_the_same_in_every_response(ann: Client, seed: int) -> None:
    changes = diary(random.Random(seed))
    butter = (await ann.send("GET", f"/catalogue/foods/{BUTTER}")).json
    for start in range(0, len(changes), 40):
        body = {"device_id": new_id(), "changes": changes[start : start + 40]}
        answer = await ann.send("POST", "/sync/push", body, Idempotency_Key=new_id())
        rejected = [one for one in answer.json["results"] if one["status"] == "rejected"]
        assert rejected == []
    pulled = (await ann.send("GET", "/sync/pull?limit=5000")).json["day_views"]
    listed = (await ann.send("GET", f"/days?from={DAYS[0]}&to={DAYS[-1]}")).json["days"]
    views = {view["date"]: view for view in listed}
    assert list(views) == DAYS
    touched = {view["date"]: view for view in pulled}
    assert touched
    live_records = LiveRecords(changes, butter)
    for day in DAYS:
        alone = (await ann.send("GET", f"/days/{day}")).json
        assert alone == views[day]
        if day in touched:
            assert touched[day] == alone
        diet = (await ann.send("GET", f"/days/{day}/diet")).json
        assert {name: diet[name] for name in alone["diet"]} == alone["diet"]
        _compare(alone, day, live_records)


def _compare(view: Json, day: str, live_records: LiveRecords) -> None:
    date = datetime.date.fromisoformat(day)
    planned = naive.naive_planned(date, live_records.plans(), live_records.foods)
    actual = naive.naive_actual(live_records.logs(day), live_records.foods)
    for part, exact in (("planned", planned), ("actual", actual)):
        for name in naive.NAMES:
            half = 0.0500001 if name == "energy_kcal" else 0.0050001
            assert view["diet"][part][name] == pytest.approx(float(exact[name]), abs=half)
    expected = naive.naive_adherence(planned, actual)
    assert (view["diet"]["adherence"] is None) == (expected is None)
    assert (view["diet"]["adherence"] or 0) == pytest.approx(expected or 0, abs=0.0500001)
    sessions = live_records.sessions(day)
    assert view["diet"]["logs"] == len(live_records.logs(day))
    training = view["training"]
    assert training["sessions"] == len(sessions)
    assert training["sets"] == sum(len(sets) for _, sets in sessions)
    volume = naive.naive_volume(sessions, {PULL_UPS: "body only"})
    assert training["volume_kg"] == pytest.approx(float(volume), abs=0.0050001)
    assert training["duration_s"] == round(naive.naive_duration(sessions))
