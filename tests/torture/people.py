"""People with accounts, and the interface that all kinds of devices have."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from tests.torture.wire import Json, subject

PASSWORD = "a long enough passphrase 4711"
Records = dict[tuple[str, str], Json]
"""Data of live records by collection and id, without nulls."""


class Unreachable(Exception):
    """The request has no usable answer; it is sent again later."""


class DeviceUnderTest(Protocol):
    """A device as the rounds use it; reads and writes are local."""

    name: str
    offset_us: int

    async def put(self, collection: str, data: Json, id: str | None = None) -> str:
        """Write a whole record; its id."""

    async def patch(self, collection: str, id: str, data: Json) -> None:
        """Write some fields of a record."""

    async def delete(self, collection: str, id: str) -> None:
        """Delete a record."""

    async def sync(self) -> None:
        """Push and pull once; raises Unreachable."""

    async def pending(self) -> int:
        """Number of writes without an answer."""

    async def records(self) -> Records:
        """All that the device shows."""

    async def restart(self) -> None:
        """Lose everything but the device's file."""

    async def close(self) -> None:
        """End it."""


@dataclass
class Person:
    """A user, with the devices and the tokens of sessions that were ended."""

    email: str
    id: str = ""
    devices: list[DeviceUnderTest] = field(default_factory=list)
    revoked: list[tuple[float, str]] = field(default_factory=list)


async def request(
    base_url: str,
    method: str,
    path: str,
    body: Any = None,
    token: str = "",
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 15.0,
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request; raises Unreachable."""
    sent = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout_s)) as http,
            http.request(
                method,
                f"{base_url}/api/v1{path}",
                json=body if not isinstance(body, bytes) else None,
                data=body if isinstance(body, bytes) else None,
                headers=sent,
            ) as answer,
        ):
            return answer.status, dict(answer.headers), await answer.read()
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unreachable(repr(error)) from None


async def register(base_url: str) -> tuple[Person, Json]:
    """A new user, with the tokens of a first session; raises Unreachable."""
    email = f"{uuid.uuid4()}@example.com"
    body = {"email": email, "password": PASSWORD}
    status, _, answer = await request(base_url, "POST", "/auth/register", body)
    return await _entered(Person(email), status, answer)


async def log_in(base_url: str, person: Person) -> Json:
    """Tokens of a new session; raises Unreachable."""
    body = {"email": person.email, "password": PASSWORD}
    status, _, answer = await request(base_url, "POST", "/auth/login", body)
    return (await _entered(person, status, answer))[1]


async def _entered(person: Person, status: int, answer: bytes) -> tuple[Person, Json]:
    if status not in (200, 201):
        raise Unreachable(f"{status} {answer[:200]!r}")
    tokens: Json = json.loads(answer)
    person.id = subject(tokens["access_token"])
    return person, tokens
