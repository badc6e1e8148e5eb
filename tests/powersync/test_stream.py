"""PowerSync's stream as bytes on the wire, without the SDK."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import bson
import jwt
import pytest

from tests.infrastructure.server import Server
from tests.sync.conftest import NewDevice
from tests.sync.stories import food
from trackforge_client import Device

from .conftest import LogIn

STREAM = "/api/v1/powersync/sync/stream"
WRITE_CHECKPOINT = "/api/v1/powersync/write-checkpoint2.json"


@pytest.fixture
async def phone(new_device: NewDevice) -> Device:
    return await new_device("phone")


@pytest.fixture
async def http(
    server: Server, phone: Device, log_in: LogIn
) -> AsyncIterator[aiohttp.ClientSession]:
    """Requests of the phone's user in the form that the SDKs give them."""
    assert phone.name
    headers = {"Authorization": f"Token {(await log_in())['access_token']}"}
    async with aiohttp.ClientSession(server.base_url, headers=headers) as session:
        yield session


async def lines(response: aiohttp.ClientResponse, last: str) -> list[dict[str, Any]]:
    """Messages up to the first of a kind."""
    messages: list[dict[str, Any]] = []
    async with asyncio.timeout(10):
        async for line in response.content:
            messages.append(json.loads(line))
            if last in messages[-1]:
                break
    return messages


async def test_a_checkpoint_counts_exactly_the_checksums_it_sends(
    phone: Device, http: aiohttp.ClientSession
) -> None:
    for name in ("Oats", "Rye", "Spelt"):
        phone.put("foods", food(name))
    await phone.sync()
    async with http.post(STREAM, json={"buckets": [], "raw_data": True}) as response:
        assert response.content_type == "application/x-ndjson"
        checkpoint, data, complete = await lines(response, "checkpoint_complete")
    announced = checkpoint["checkpoint"]
    operations = data["data"]["data"]
    assert [operation["op"] for operation in operations] == ["PUT"] * 3
    assert [operation["op_id"] for operation in operations] == ["1", "2", "3"]
    assert len({operation["checksum"] for operation in operations}) == 3
    total = sum(operation["checksum"] for operation in operations) % 2**32
    assert announced["buckets"][0]["checksum"] == total
    assert complete == {"checkpoint_complete": {"last_op_id": announced["last_op_id"]}}
    assert json.loads(operations[0]["data"])["name"] == "Oats"


def user_of(tokens: dict[str, str]) -> str:
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    return str(claims["sub"])


async def test_an_empty_account_has_an_empty_bucket(http: aiohttp.ClientSession) -> None:
    async with http.post(STREAM, json={"buckets": []}) as response:
        checkpoint, complete = await lines(response, "checkpoint_complete")
    assert checkpoint["checkpoint"]["last_op_id"] == "0"
    assert checkpoint["checkpoint"]["buckets"][0]["checksum"] == 0
    assert complete == {"checkpoint_complete": {"last_op_id": "0"}}


async def test_bson_is_sent_where_it_is_accepted(
    phone: Device, http: aiohttp.ClientSession
) -> None:
    phone.put("foods", food("Oats"))
    await phone.sync()
    accept = {"Accept": "application/vnd.powersync.bson-stream;q=0.9,application/x-ndjson;q=0.8"}
    async with http.post(
        STREAM, json={"buckets": [], "raw_data": True}, headers=accept
    ) as response:
        assert response.content_type == "application/vnd.powersync.bson-stream"
        size = await response.content.readexactly(4)
        rest = await response.content.readexactly(int.from_bytes(size, "little") - 4)
    assert bson.decode(size + rest)["checkpoint"]["last_op_id"] == "1"


async def test_the_newest_write_checkpoint_covers_an_answered_push(
    phone: Device, http: aiohttp.ClientSession
) -> None:
    phone.put("foods", food("Oats"))
    await phone.sync()
    async with http.get(WRITE_CHECKPOINT, params={"client_id": "any"}) as response:
        target = int((await response.json())["data"]["write_checkpoint"])
    async with http.post(STREAM, json={"buckets": []}) as response:
        [checkpoint, *_] = await lines(response, "checkpoint_complete")
    assert int(checkpoint["checkpoint"]["write_checkpoint"]) >= target


@pytest.mark.parametrize(
    "body",
    [
        {"buckets": [{"name": "records", "after": "x"}]},
        {"buckets": [{"name": "records", "after": "9" * 30}]},
        {"buckets": [{"name": "records"}]},
        {"buckets": "all"},
        {"buckets": [{"name": "records", "after": "1"}] * 1001},
        [],
        {},
    ],
)
async def test_a_malformed_request_is_a_problem(http: aiohttp.ClientSession, body: object) -> None:
    async with http.post(STREAM, json=body) as response:
        assert response.status == 422
        assert (await response.json())["code"] == "invalid_request"


async def test_another_users_bucket_gives_nothing_of_theirs(
    phone: Device, http: aiohttp.ClientSession, new_device: NewDevice, log_in: LogIn
) -> None:
    other = await new_device("other", user="bob")
    other.put("foods", food("Secret"))
    await other.sync()
    phone.put("foods", food("Oats"))
    await phone.sync()
    theirs = f'records["{user_of(await log_in("bob"))}",1]'
    body = {"buckets": [{"name": theirs, "after": "0"}], "raw_data": True}
    async with http.post(STREAM, json=body) as response:
        text = json.dumps(await lines(response, "checkpoint_complete"))
    assert "Oats" in text
    assert "Secret" not in text
