"""The next workout of a program, from its rules and from what was done."""

import pytest

from schema.ids import catalogue_id
from tests.support.client import Client, Json
from tests.support.sample_records import new_id

SQUAT = catalogue_id("exercises", "free-exercise-db", "Barbell_Squat")
BENCH = new_id()
LINEAR = {"kind": "linear", "start_kg": 60, "increment_kg": 5, "deload_after": 2}
DOUBLE = {"kind": "double", "increment_kg": 2.5}
DAYS = [
    {"name": "A", "exercises": [
        {"exercise_id": SQUAT, "sets": 2, "reps_min": 5, "rest_s": 180, "progression": LINEAR}]},
    {"name": "B", "exercises": [
        {"exercise_id": BENCH, "sets": 1, "reps_min": 6, "reps_max": 8, "progression": DOUBLE},
        {"exercise_id": SQUAT, "sets": 2, "reps_min": 5, "progression": LINEAR}]},
]  # fmt: skip


async def next_workout(user: Client, program_id: str, query: str = "") -> Json:
    """Response of the route."""
    answer = await user.send("GET", f"/programs/{program_id}/next{query}")
    assert answer.status == 200, answer
    shown: Json = answer.json
    return shown


async def train(
    user: Client, program_id: str, date: str, name: str, sets: list[tuple[str, float, int]]
) -> None:
    """A workout of the program: sets of (exercise, weight, repetitions)."""
    done = [{"exercise_id": it, "weight_kg": kg, "reps": reps} for it, kg, reps in sets]
    body = {"date": date, "name": name, "program_id": program_id, "sets": done}
    answer = await user.send("POST", "/workout-sessions", body, Idempotency_Key=new_id())
    assert answer.status == 201, answer


@pytest.mark.usefixtures("catalogue")
async def test_weights_follow_from_what_was_done(ann: Client) -> None:
    program = await ann.create("programs", name="Two days", days=DAYS)
    id = program["id"]
    first = await next_workout(ann, id)
    assert (first["program_id"], first["name"]) == (id, "A")
    assert first["exercises"] == [{
        "exercise_id": SQUAT, "exercise_name": "Barbell Squat", "reason": "start", "failures": 0,
        "sets": [{"reps": 5, "weight_kg": 60}] * 2, "reps_max": 5,
        "rest_s": 180, "rpe": None, "superset": None, "notes": None,
    }]  # fmt: skip
    await train(ann, id, "2026-11-23", "A", [(SQUAT, 60, 5), (SQUAT, 60, 5)])
    bench, squat = (await next_workout(ann, id))["exercises"]
    assert bench["sets"] == [{"reps": 6, "weight_kg": None}]
    assert (squat["sets"][0]["weight_kg"], squat["reason"]) == (65, "increase")
    for day in ("2026-11-25", "2026-11-26"):
        await train(ann, id, day, "B", [(BENCH, 40, 6), (SQUAT, 65, 5), (SQUAT, 65, 3)])
    after = await next_workout(ann, id)
    [squat] = after["exercises"]
    assert after["name"] == "A"
    # 58.5 is not a multiple of 2.5.
    assert (squat["sets"][0]["weight_kg"], squat["reason"]) == (57.5, "deload")
    earlier = await next_workout(ann, id, "?date=2026-11-26")
    assert [it["reason"] for it in earlier["exercises"]] == ["repeat"]


async def test_a_day_of_the_week_has_its_workout(ann: Client) -> None:
    program = await ann.create("programs", name="Split", days=DAYS, split={"1": "B", "4": "Gone"})
    for date, name in (("2026-11-23", "B"), ("2026-11-24", None), ("2026-11-26", None)):
        shown = await next_workout(ann, program["id"], f"?date={date}")
        assert (shown["name"], len(shown["exercises"])) == (name, 2 if name else 0)


async def test_a_program_without_workouts_has_no_next_one(ann: Client) -> None:
    program = await ann.create("programs", name="Empty")
    shown = await next_workout(ann, program["id"])
    assert shown == {"program_id": program["id"], "name": None, "exercises": []}


async def test_only_own_live_programs_are_found(ann: Client, bob: Client) -> None:
    program = await ann.create("programs", name="Mine", days=DAYS)
    place = f"/programs/{program['id']}"
    assert (await bob.send("GET", f"{place}/next")).status == 404
    await ann.send("DELETE", place)
    assert (await ann.send("GET", f"{place}/next")).status == 404


@pytest.mark.parametrize("query", ["date=2026-11-31", "day=2026-11-23", "date="])
async def test_the_date_is_a_day(ann: Client, query: str) -> None:
    program = await ann.create("programs", name="Mine", days=DAYS)
    answer = await ann.send("GET", f"/programs/{program['id']}/next?{query}")
    assert (answer.status, answer.json["code"]) == (400, "invalid_parameter")


@pytest.mark.parametrize(
    "progression",
    [{}, {"kind": "magic"}, {"kind": "linear", "deload_after": 0}, {"kind": "linear", "x": 1}],
)
async def test_rules_are_validated(ann: Client, progression: Json) -> None:
    exercise = {"exercise_id": SQUAT, "progression": progression}
    body = {"name": "X", "days": [{"name": "A", "exercises": [exercise]}]}
    answer = await ann.send("POST", "/programs", body)
    assert (answer.status, list(answer.json["errors"])) == (422, ["days"])
