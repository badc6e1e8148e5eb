"""REST writes and pushes at once: all clients end with the same record."""

import asyncio
import random
import time

import pytest

from schema import COLLECTIONS
from tests.support.client import Client, Json
from tests.support.sample_records import OPTIONAL, new_id, path


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_plain_writes_and_pushes_converge(ann: Client, collection: str) -> None:
    """Twelve writers at one record; no write is refused, every version is pulled in order."""
    record = await ann.create(collection)
    before = await ann.cursor()
    name, one, other = OPTIONAL[collection]
    chance = random.Random(collection)

    async def write(number: int) -> None:
        value = chance.choice((one, other))
        if number % 2:
            at = path(collection, record["id"])
            key = {"Idempotency_Key": new_id()}
            answer = await ann.send("PATCH", at, {name: value}, **key)
            assert answer.status == 200, answer
            return
        change = {
            "collection": collection, "id": record["id"], "op": "patch",
            "clock": time.time_ns() // 1000 + number, "data": {name: value},
        }  # fmt: skip
        body = {"device_id": new_id(), "changes": [change]}
        answer = await ann.send("POST", "/sync/push", body, Idempotency_Key=new_id())
        assert answer.status == 200, answer

    await asyncio.gather(*(write(number) for number in range(12)))
    (changed,) = await ann.pull(before)
    (fresh,) = [it for it in await ann.pull() if it["id"] == record["id"]]
    plain = (await ann.send("GET", path(collection, record["id"]))).json
    assert changed == fresh
    assert plain["version"] == changed["version"]
    assert {field: plain[field] for field in changed["data"]} == changed["data"]
    assert changed["data"][name] in (one, other)


async def test_the_later_clock_wins_whoever_brings_it(ann: Client) -> None:
    food = await ann.create("foods")

    async def pushed(clock: int, **data: object) -> Json:
        change = {
            "collection": "foods",
            "id": food["id"],
            "op": "patch",
            "clock": clock,
            "data": data,
        }
        body = {"device_id": new_id(), "changes": [change]}
        answer = await ann.send("POST", "/sync/push", body, Idempotency_Key=new_id())
        result: Json = answer.json["results"][0]
        return result

    hours = 3_600_000_000
    now = time.time_ns() // 1000
    await ann.send("PATCH", path("foods", food["id"]), {"brand": "plain"}, Idempotency_Key=new_id())
    await pushed(now - hours, brand="an hour ago", notes="an hour ago")
    read = (await ann.send("GET", path("foods", food["id"]))).json
    assert read["brand"] == "plain"
    await pushed(time.time_ns() // 1000 + 1_000_000, brand="in a second")
    assert (await ann.send("GET", path("foods", food["id"]))).json["brand"] == "in a second"
