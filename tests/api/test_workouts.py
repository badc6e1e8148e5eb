"""Workouts over REST: a session with its sets in one request, and the last time."""

import asyncio
from typing import Any

import orjson
import pytest

from schema.ids import catalogue_id
from tests.support.client import Client, Json, Response
from tests.support.sample_records import new_id, path

PULL_UP = catalogue_id("exercises", "free-exercise-db", "Pullups")
BENCH = "0192f0c4-6f0e-7c4e-9a53-000000000003"


def key() -> dict[str, str]:
    """A new Idempotency-Key."""
    return {"Idempotency_Key": new_id()}


async def train(user: Client, *sets: Json, **more: Any) -> Json:
    """A workout, made in one request."""
    body = {"date": "2026-11-23", "name": "Push day", "sets": list(sets)} | more
    answer = await user.send("POST", "/workout-sessions", body, **key())
    assert answer.status == 201, answer
    made: Json = answer.json
    return made


def done(**fields: Any) -> Json:
    """A set of the bench press."""
    return {"exercise_id": BENCH} | fields


async def test_a_session_is_made_with_its_sets(ann: Client) -> None:
    made = await train(
        ann,
        done(kind="warmup", reps=10, weight_kg=40),
        done(reps=5, weight_kg=100, rpe=8.5, rir=1.5, rest_s=180, superset=1),
        done(kind="drop", reps=8, weight_kg=70.25, superset=1),
        done(kind="failure", reps=6, weight_kg=60),
        done(duration_s=60, distance_m=250.5),
        started_at="2026-11-23T18:00:00+08:00",
        ended_at="2026-11-23T19:02:30.5+08:00",
    )
    assert made["volume_kg"] == 5 * 100 + 8 * 70.25 + 6 * 60
    assert made["duration_s"] == 3750
    assert made["bodyweight_sets"] == 0
    assert [it["position"] for it in made["sets"]] == [0, 1, 2, 3, 4]
    assert [it["kind"] for it in made["sets"]] == ["warmup", "normal", "drop", "failure", "normal"]
    assert {it["session_id"] for it in made["sets"]} == {made["id"]}
    second, fifth = made["sets"][1], made["sets"][4]
    assert (second["rpe"], second["rir"], second["rest_s"], second["superset"]) == (
        8.5,
        1.5,
        180,
        1,
    )
    assert (fifth["duration_s"], fifth["distance_m"]) == (60.0, 250.5)
    read = await ann.send("GET", path("workout_sessions", made["id"]))
    assert read.json == made
    for one in made["sets"]:
        assert (await ann.send("GET", path("workout_sets", one["id"]))).json == one
    changes = await ann.pull()
    assert [it["collection"] for it in changes] == ["workout_sessions"] + ["workout_sets"] * 5
    [day] = (await ann.send("GET", "/days?from=2026-11-23&to=2026-11-23")).json["days"]
    assert day["training"] == {
        "sessions": 1,
        "sets": 5,
        "volume_kg": made["volume_kg"],
        "duration_s": 3750,  # the half is even's
    }


async def test_a_session_needs_no_sets_but_a_key(ann: Client) -> None:
    body = {"date": "2026-11-23", "name": "Rest"}
    missing = await ann.send("POST", "/workout-sessions", body)
    assert (missing.status, missing.code) == (400, "idempotency_key_missing")
    assert (await ann.send("POST", "/workout-sessions", body, Idempotency_Key="")).status == 400
    long = await ann.send("POST", "/workout-sessions", body, Idempotency_Key="x" * 256)
    assert long.code == "idempotency_key_invalid"
    made = await train(ann)
    assert (made["sets"], made["volume_kg"], made["duration_s"]) == ([], 0, None)


async def test_a_repeat_is_answered_byte_for_byte(ann: Client) -> None:
    body = {"date": "2026-11-23", "name": "Push day", "sets": [done(reps=5, weight_kg=100)]}
    one = key()
    answers = await asyncio.gather(
        *(ann.send("POST", "/workout-sessions", body, **one) for _ in range(8))
    )
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert sum("Idempotent-Replay" not in answer.headers for answer in answers) == 1
    assert len(await ann.pull()) == 2
    other = await ann.send("POST", "/workout-sessions", body | {"name": "Pull day"}, **one)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    elsewhere = await ann.send("POST", "/foods", body, **one)
    assert elsewhere.code in ("idempotency_key_reused", "invalid_record")
    assert len(await ann.pull()) == 2


async def rejected(user: Client, body: Json | bytes, code: str) -> Response:
    """The refusal, after which nothing is there."""
    answer = await user.send("POST", "/workout-sessions", body, **key())
    assert 400 <= answer.status < 500
    assert answer.code == code, answer
    assert await user.pull() == []
    return answer


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"reps": -1}, ("1", "reps")),
        ({"reps": 5.5}, ("1", "reps")),
        ({"rpe": 11}, ("1", "rpe")),
        ({"rpe": 8.3}, ("1", "rpe")),
        ({"rir": -1}, ("1", "rir")),
        ({"kind": "monster"}, ("1", "kind")),
        ({"position": -1}, ("1", "position")),
        ({"exercise_id": None}, ("1", "exercise_id")),
        ({"exercise_id": "bench"}, ("1", "exercise_id")),
        ({"session_id": "0192f0c4-6f0e-7c4e-9a53-000000000001"}, ("1", "session_id")),
        ({"id": "x"}, ("1", "id")),
        ({"user_id": BENCH}, ("1", "user_id")),
    ],
    ids=str,
)
async def test_one_bad_set_refuses_the_whole(
    ann: Client, wrong: Json, place: tuple[str, str]
) -> None:
    sets = [done(reps=5), done(reps=5) | wrong, done(reps=5)]
    body = {"date": "2026-11-23", "name": "Push day", "sets": sets}
    answer = await rejected(ann, body, "invalid_record")
    assert answer.status == 422
    number, field = place
    assert answer.json["errors"]["sets"][number].keys() == {field}


async def test_what_is_no_workout_is_refused(ann: Client) -> None:
    session = {"date": "2026-11-23", "name": "Push day"}
    none: tuple[object, ...] = (7, "x", {}, None, [7], [None], [[]], ["x"])
    for sets in none:
        await rejected(ann, session | {"sets": sets}, "invalid_record")
    for body in (b"", b"[", b"\xff"):
        await rejected(ann, body, "malformed_json")
    await rejected(ann, b"[]", "invalid_request")
    await rejected(ann, b'{"sets":' + b"[" * 20 + b"]" * 20 + b"}", "nesting_too_deep")
    await rejected(ann, {"name": "x", "sets": [done()]}, "invalid_record")
    await rejected(ann, session | {"date": "2026-02-29"}, "invalid_record")
    await rejected(ann, session | {"sets": [done()] * 1000}, "too_many_changes")
    await rejected(ann, session | {"sets": [done(notes="x" * 70_000)]}, "record_too_large")
    twin = new_id()
    twins = await rejected(ann, session | {"sets": [done(id=twin)] * 2}, "invalid_record")
    assert twins.json["errors"] == {"sets": {"1": {"id": ["Given twice."]}}}


async def test_ids_of_ones_own_are_kept(ann: Client) -> None:
    session_id, set_id = new_id(), new_id()
    made = await train(ann, done(id=set_id, session_id=session_id, position=7), id=session_id)
    assert (made["id"], made["sets"][0]["id"]) == (session_id, set_id)
    assert made["sets"][0]["position"] == 7
    body = {"date": "2026-11-24", "name": "Again", "sets": [done(id=set_id)]}
    taken = await ann.send("POST", "/workout-sessions", body, **key())
    assert (taken.status, taken.code) == (409, "record_exists")
    assert len(await ann.pull()) == 2


async def test_999_sets_are_one_workout(ann: Client) -> None:
    made = await train(ann, *(done(reps=1, weight_kg=1) for _ in range(999)))
    assert (len(made["sets"]), made["volume_kg"]) == (999, 999)


async def test_the_totals_follow_the_sets(ann: Client) -> None:
    made = await train(ann, done(reps=5, weight_kg=100), done(reps=5, weight_kg=100))
    place = path("workout_sessions", made["id"])
    tag = (await ann.send("GET", place)).headers["ETag"]
    await ann.send("DELETE", path("workout_sets", made["sets"][0]["id"]))
    fewer = await ann.send("GET", place, If_None_Match=tag)
    assert (fewer.status, fewer.json["volume_kg"]) == (200, 500)
    added = {"session_id": made["id"], "exercise_id": BENCH, "position": 9, "reps": 1}
    await ann.send("POST", "/workout-sets", added | {"weight_kg": 12.5})
    assert (await ann.send("GET", place)).json["volume_kg"] == 512.5
    # Its own version is still what it was.
    changed = await ann.send("PATCH", place, {"rating": 5}, If_Match=tag)
    assert (changed.status, changed.json["volume_kg"]) == (200, 512.5)


@pytest.mark.usefixtures("catalogue")
async def test_bodyweight_counts_where_the_exercise_needs_nothing_else(ann: Client) -> None:
    own = await ann.create("exercises", equipment="body only")
    sets: tuple[Json, ...] = (
        {"exercise_id": own["id"], "reps": 10},
        {"exercise_id": PULL_UP, "reps": 5},
        {"exercise_id": PULL_UP, "reps": 5, "kind": "warmup"},
        {"exercise_id": PULL_UP, "reps": 5, "weight_kg": -20},
        done(reps=10),
    )
    made = await train(ann, *sets, bodyweight_kg=80)
    assert (made["volume_kg"], made["bodyweight_sets"]) == (15 * 80, 2)
    without = await train(ann, *sets)
    assert (without["volume_kg"], without["bodyweight_sets"]) == (0, 0)


async def test_a_session_over_midnight_is_on_its_own_day(ann: Client) -> None:
    made = await train(
        ann,
        done(reps=5, weight_kg=100),
        date="2026-12-31",
        started_at="2026-12-31T23:30:00+08:00",
        ended_at="2027-01-01T00:45:00+08:00",
    )
    assert made["duration_s"] == 75 * 60
    days = (await ann.send("GET", "/days?from=2026-12-31&to=2027-01-01")).json["days"]
    assert [day["training"]["sessions"] for day in days] == [1, 0]


@pytest.mark.parametrize(
    ("started_at", "ended_at", "seconds"),
    [
        # Berlin: the hour from two to three is there twice, or not at all.
        ("2026-10-25T01:30:00+02:00", "2026-10-25T03:30:00+01:00", 3 * 3600),
        ("2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00", 3600),
        ("2024-02-28T23:59:59Z", "2024-02-29T00:00:01Z", 2),
        ("2026-11-23T18:00:00Z", "2026-11-23T17:00:00Z", None),
        ("2026-11-23T18:00:00Z", "2026-11-23T18:00:00Z", 0),
        ("2026-11-23T18:00:00Z", None, None),
    ],
)
async def test_a_duration_is_the_time_that_passed(
    ann: Client, started_at: str, ended_at: str | None, seconds: int | None
) -> None:
    made = await train(ann, started_at=started_at, ended_at=ended_at)
    assert made["duration_s"] == seconds


async def last_time(user: Client, exercise_id: str, query: str = "") -> Json:
    """Previous sets of the exercise."""
    answer = await user.send("GET", f"/exercises/{exercise_id}/last-time{query}")
    assert answer.status == 200, answer
    found: Json = answer.json
    return found


async def test_last_time_is_the_newest_session_with_the_exercise(ann: Client, bob: Client) -> None:
    squat = new_id()
    early = await train(ann, done(reps=5, weight_kg=95), date="2026-11-02")
    late = await train(
        ann,
        done(reps=5, weight_kg=100, position=2),
        {"exercise_id": squat, "reps": 3},
        done(reps=4, weight_kg=102.5, position=0),
        date="2026-11-16",
    )
    await train(ann, {"exercise_id": squat, "reps": 1}, date="2026-11-20")
    found = await last_time(ann, BENCH)
    assert found["session"]["id"] == late["id"]
    assert [it["weight_kg"] for it in found["sets"]] == [102.5, 100.0]
    before = await last_time(ann, BENCH, "?before=2026-11-16")
    assert before["session"]["id"] == early["id"]
    nothing: Json = {"session": None, "sets": []}
    assert await last_time(ann, BENCH, "?before=2026-11-02") == nothing
    assert await last_time(ann, new_id()) == nothing
    assert await last_time(bob, BENCH) == nothing
    await ann.send("DELETE", path("workout_sessions", late["id"]))
    assert (await last_time(ann, BENCH))["session"]["id"] == early["id"]
    await ann.send("DELETE", path("workout_sets", early["sets"][0]["id"]))
    assert await last_time(ann, BENCH) == nothing


async def test_of_two_sessions_on_a_day_the_one_that_began_last_counts(ann: Client) -> None:
    begins = ("2026-11-23T20:00:00+08:00", "2026-11-23T19:00:00+01:00", None)
    made = [await train(ann, done(reps=1), started_at=it) for it in begins]
    assert (await last_time(ann, BENCH))["session"]["id"] == made[1]["id"]


async def test_last_time_wants_a_day(ann: Client) -> None:
    for query in ("before=2026-02-29", "before=x", "before=", "after=2026-11-23"):
        answer = await ann.send("GET", f"/exercises/{BENCH}/last-time?{query}")
        assert (answer.status, answer.code) == (400, "invalid_parameter")
    assert (await ann.send("GET", "/exercises/bench/last-time")).code == "not_found"


async def test_numbers_travel_unharmed(ann: Client) -> None:
    body = orjson.dumps({"date": "2026-11-23", "name": "x"})[:-1]
    huge = (
        body + b',"sets":[{"exercise_id":"' + BENCH.encode() + b'","reps":123456789012345678901}]}'
    )
    await rejected(ann, huge, "invalid_record")
