"""What the stories share: small records, and what it means that devices agree."""

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt

from trackforge_client import Device

DATE = "2026-11-23"
PASSWORD = "a long enough passphrase 4711"


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
    """Sync twice around, then check that all devices show the same and have what the server has."""
    for device in (*devices, *devices):
        await device.sync()
    first, *others = devices
    for other in others:
        told = f"{first.name} and {other.name} differ: {_differences(first, other)[:3]}"
        assert first.digest() == other.digest(), told
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


@dataclass(frozen=True, slots=True)
class Raw:
    """A user's token and plain requests: for what a well-behaved device never does."""

    http: aiohttp.ClientSession
    base_url: str
    token: str

    @property
    def user_id(self) -> str:
        """The user's id."""
        return str(jwt.decode(self.token, options={"verify_signature": False})["sub"])

    def at(self, base_url: str) -> "Raw":
        """The same user at another process of the server."""
        return Raw(self.http, base_url, self.token)

    async def push(self, body: bytes, key: str | None = None) -> tuple[int, bytes, bool]:
        """Status, body, and whether it is a replay."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": key or str(uuid.uuid4()),
        }
        url = f"{self.base_url}/api/v1/sync/push"
        async with self.http.post(url, data=body, headers=headers) as answer:
            replayed = answer.headers.get("Idempotent-Replay") == "true"
            return answer.status, await answer.read(), replayed

    async def pull(self, **parameters: str) -> dict[str, Any]:
        """One page."""
        url = f"{self.base_url}/api/v1/sync/pull"
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.get(url, params=parameters, headers=headers) as answer:
            page: dict[str, Any] = await answer.json(content_type=None)
            assert answer.status == 200, page
            return page

    async def names(self, **parameters: str) -> list[str]:
        """The names of the foods on one page, in their order."""
        page = await self.pull(**parameters)
        return [change["data"]["name"] for change in page["changes"]]


async def register(http: aiohttp.ClientSession, base_url: str) -> Raw:
    """A new user."""
    body = {"email": f"{uuid.uuid4().hex}@example.com", "password": PASSWORD}
    async with http.post(f"{base_url}/api/v1/auth/register", json=body) as answer:
        tokens = await answer.json(content_type=None)
        assert answer.status == 201, tokens
        return Raw(http, base_url, tokens["access_token"])


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
