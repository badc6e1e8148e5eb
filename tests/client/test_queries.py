"""Local queries, watched queries, typed records and transactions."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.network import Scripted, page, record, tokens
from trackforge_client import Device, InvalidQuery
from trackforge_client.device.json_types import Json
from trackforge_client.device.query import Query
from trackforge_client.record_types import EXERCISES, WORKOUT_SETS, Exercise

SESSION, OTHER_SESSION, SQUAT = (f"0192f0c4-6f0e-7c4e-9a53-00000000000{n}" for n in "abc")


@pytest.fixture
async def network() -> Scripted:
    scripted = Scripted()
    scripted.always("/auth/login", tokens())
    return scripted


@pytest.fixture
async def phone(network: Scripted, tmp_path: Path) -> AsyncIterator[Device]:
    async with Device(tmp_path / "gym.db", "", http=network) as device:
        yield device


def put_sets(device: Device) -> None:
    for position, (reps, weight) in enumerate([(5, 100.0), (8, 80.0), (5, 110.0), (12, None)]):
        device.put(
            WORKOUT_SETS,
            {
                "session_id": SESSION if position < 3 else OTHER_SESSION,
                "exercise_id": SQUAT,
                "position": position,
                "reps": reps,
                "weight_kg": weight,
            },
        )


def positions(query: Query[dict[str, Json]]) -> list[Json]:
    return [each["position"] for each in query.all()]


async def test_conditions_order_and_limit(phone: Device) -> None:
    put_sets(phone)
    sets = phone.query("workout_sets")
    assert positions(sets.where(session_id=SESSION).order_by("-weight_kg")) == [2, 0, 1]
    assert positions(sets.where("reps", "<=", 8).where("weight_kg", ">", 80)) == [0, 2]
    assert positions(sets.order_by("reps", "-position")) == [2, 0, 1, 3]
    assert positions(sets.where("reps", "in", [8, 12])) == [1, 3]
    assert positions(sets.where(weight_kg=None)) == [3]
    assert positions(sets.where("weight_kg", "!=", None).limit(2)) == [0, 1]
    assert sets.where("reps", ">", 100).first() is None
    assert (sets.order_by("-position").first() or {})["position"] == 3
    assert (sets.count(), sets.limit(3).count(), sets.limit(0).all()) == (4, 3, [])


async def test_lists_and_booleans_can_be_searched(phone: Device) -> None:
    phone.put("exercises", {"name": "Squat", "primary_muscles": ["quads", "glutes"]})
    phone.put("exercises", {"name": "Curl", "primary_muscles": ["biceps"], "unilateral": True})
    muscles = phone.query(EXERCISES).where("primary_muscles", "contains", "glutes").all()
    assert [each["name"] for each in muscles] == ["Squat"]
    assert [each["name"] for each in phone.query(EXERCISES).where(unilateral=True).all()] == [
        "Curl"
    ]


@pytest.mark.parametrize("field", ["dreams", 'name") OR 1=1 --', "data"])
async def test_only_declared_fields_can_be_queried(phone: Device, field: str) -> None:
    with pytest.raises(InvalidQuery):
        phone.query("exercises").where(field, "=", 1)
    with pytest.raises(InvalidQuery):
        phone.query("exercises").order_by(field)


async def test_what_cannot_be_compared_is_rejected(phone: Device) -> None:
    invalid: list[tuple[Any, Any]] = [("~", 1), ("in", 1), ("=", [1]), ("<", {})]
    for operator, value in invalid:
        with pytest.raises(InvalidQuery):
            phone.query("exercises").where("name", operator, value)
    with pytest.raises(InvalidQuery):
        phone.query("exercises").limit(-1)


async def test_records_have_types(phone: Device) -> None:
    squat: Exercise = {"name": "Squat", "category": "strength"}
    id = phone.put(EXERCISES, squat)
    stored = phone.get(EXERCISES, id)
    assert stored is not None
    assert stored["name"].upper() == "SQUAT"
    assert stored["id"] == id
    phone.patch(EXERCISES, id, {"notes": "deep"})
    phone.delete(EXERCISES, id)
    assert phone.get(EXERCISES, id) is None


async def test_a_watched_query_emits_only_changes(phone: Device, network: Scripted) -> None:
    emitted: list[list[str]] = []

    async def watch() -> None:
        async for records in phone.watch(phone.query(EXERCISES).order_by("name")):
            emitted.append([each["name"] for each in records])

    task = asyncio.create_task(watch())
    await asyncio.sleep(0.01)
    squat = phone.put("exercises", {"name": "Squat"})
    await asyncio.sleep(0.01)
    with phone.transaction():
        phone.put("exercises", {"name": "Press"})
        phone.put("exercises", {"name": "Row"})
    phone.put("workout_sets", {"session_id": SESSION, "exercise_id": squat, "position": 1})
    await asyncio.sleep(0.01)
    phone.put("body_metrics", {"date": "2026-11-23"})
    await asyncio.sleep(0.01)
    assert emitted == [[], ["Squat"], ["Press", "Row", "Squat"]]
    await phone.login("ann@example.com", "secret")
    network.on("/sync/pull", page([record("exercises", OTHER_SESSION, 1, {"name": "Curl"})], "c"))
    await phone.pull()
    await asyncio.sleep(0.01)
    assert emitted[3:] == [["Curl", "Press", "Row", "Squat"]]
    task.cancel()
    await asyncio.wait((task,))


async def test_a_transaction_stores_all_or_nothing(phone: Device) -> None:
    async def write() -> None:
        with phone.transaction():
            phone.put("exercises", {"name": "Squat"})
            raise RuntimeError("the app failed")

    with pytest.raises(RuntimeError):
        await write()
    assert phone.query("exercises").count() == 0
    assert phone.status().pending == {}
