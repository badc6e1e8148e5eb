"""Helpers of the stories: small records, and the check that devices agree."""

import json
import time
import uuid
from typing import Any
from urllib.parse import urlencode

from tests.support.client import PASSWORD as PASSWORD
from tests.support.client import Client
from trackforge_client import Device

DATE = "2026-11-23"


def food(name: str = "Oats", **fields: object) -> dict[str, Any]:
    """The data of a food."""
    return {"name": name, "energy_kcal": 370, "protein_g": 13, "carbs_g": 59, "fat_g": 7} | fields


def session(name: str = "Push day", date: str = DATE, **fields: object) -> dict[str, Any]:
    """The data of a workout session."""
    return {"name": name, "date": date} | fields


def new_set(session_id: str, **fields: object) -> dict[str, Any]:
    """The data of a set of bench presses."""
    exercise = "0192f0c4-6f0e-7c4e-9a53-00000000000b"
    return {"session_id": session_id, "exercise_id": exercise, "position": 1} | fields


async def agree(*devices: Device) -> None:
    """Sync all devices twice, then check that they show the same records as the server."""
    for device in (*devices, *devices):
        await device.sync()
    first, *others = devices
    for other in others:
        message = f"{first.name} and {other.name} differ: {_differences(first, other)[:3]}"
        assert first.digest() == other.digest(), message
    for device in devices:
        found = await device.check()
        assert found.same, f"{device.name} differs from the server in {found.differing}"
        assert sum(device.status().pending.values()) == 0


def _differences(left: Device, right: Device) -> list[tuple[object, ...]]:
    """(collection, id, data on the left, data on the right) wherever two devices differ."""
    seen = [{record[:2]: record[2] for record in device.live()} for device in (left, right)]
    return [
        (*key, seen[0].get(key), seen[1].get(key))
        for key in sorted(seen[0].keys() | seen[1].keys())
        if seen[0].get(key) != seen[1].get(key)
    ]


class RawClient(Client):
    """A user's plain requests: what a well-behaved device never does."""

    def at(self, base_url: str) -> "RawClient":
        """The same user at another process of the server."""
        other = RawClient(base_url)
        other.tokens = self.tokens
        return other

    async def push_bytes(self, body: bytes, key: str | None = None) -> tuple[int, bytes, bool]:
        """Status, body, and whether it is a replay."""
        response = await self.push(body, key or "")
        replayed = response.headers.get("Idempotent-Replay") == "true"
        return response.status, response.body, replayed

    async def page(self, **parameters: str) -> dict[str, Any]:
        """One page of a pull."""
        response = await self.send("GET", f"/sync/pull?{urlencode(parameters)}")
        assert response.status == 200, response
        page: dict[str, Any] = response.json
        return page

    async def names(self, **parameters: str) -> list[str]:
        """Names of the foods on one page, in their order."""
        page = await self.page(**parameters)
        return [change["data"]["name"] for change in page["changes"]]


async def register(base_url: str) -> RawClient:
    """A new user."""
    client = RawClient(base_url)
    await client.register()
    return client


def push_of(*names: str, clock: int | None = None) -> bytes:
    """A push's body: a new food for each name."""
    now = time.time_ns() // 1000
    changes = [
        {
            "collection": "foods",
            "id": str(uuid.uuid4()),
            "op": "put",
            "clock": clock or now,
            "data": food(name),
        }
        for name in names
    ]
    device = str(uuid.uuid4())
    return json.dumps({"device_id": device, "sent_at": now, "changes": changes}).encode()
