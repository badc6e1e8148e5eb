"""Attacks of one user: each runs in a process of its own until it is ended."""

import asyncio
import json
import os
import random
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from multiprocessing.synchronize import Event
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp

from tests.ocr.images import JPEG_HEAD, JPEG_SCAN, JPEG_SIZE, many_scans

API = "/api/v1"
NUTRIENTS = {"energy_kcal": 1, "protein_g": 1, "carbs_g": 1, "fat_g": 1}
LOWEST = 19
"""Lowest priority of a process."""
CLOCK = 1_700_000_000_000_000
Attack = Callable[["Attacker"], Awaitable[object]]


class Attacker:
    """Client of one user, who sends what an attack asks for."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str, token: str) -> None:
        self._http, self.base_url, self.token = http, base_url, token

    async def send(self, method: str, path: str, body: bytes | None = None, media: str = "") -> int:
        """The status of a request; 0 if the connection broke."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(uuid4())}
        headers |= {"Content-Type": media or "application/json"} if body is not None else {}
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            data = None if body is None else aiohttp.BytesPayload(body)
            async with self._http.request(
                method, self.base_url + API + path, data=data, headers=headers
            ) as response:
                await response.read()
                return response.status
        return 0

    async def push(self, count: int, words: int = 1) -> int:
        """Push new foods."""
        changes = [
            {
                "collection": "foods", "id": str(uuid4()), "op": "put", "clock": CLOCK,
                "data": {"name": " ".join(nonsense(9) for _ in range(words)), **NUTRIENTS},
            }
            for _ in range(count)
        ]  # fmt: skip
        body = json.dumps({"device_id": str(uuid4()), "changes": changes}).encode()
        return await self.send("POST", "/sync/push", body)

    async def upload(self, path: str, parts: Mapping[str, bytes]) -> int:
        """Send a form."""
        body = b"".join(
            b'--b\r\nContent-Disposition: form-data; name="%b"; filename="f"\r\n\r\n%b\r\n'
            % (name.encode(), content)
            for name, content in parts.items()
        )
        return await self.send("POST", path, body + b"--b--\r\n", "multipart/form-data; boundary=b")


def nonsense(length: int) -> str:
    """A word that nothing is called."""
    return "".join(random.choices("qzxwvkjyfh", k=length))


async def searches(attacker: Attacker) -> int:
    """One misspelt search of 16 words."""
    words = "+".join(nonsense(5) for _ in range(16))
    return await attacker.send("GET", f"/foods/search?limit=50&q={words}")


async def plain_searches(attacker: Attacker) -> int:
    """One search of a common word among the own foods."""
    return await attacker.send("GET", "/foods/search?limit=50&q=chicken+breast")


async def scans(attacker: Attacker) -> int:
    """One JPEG of 300 scans."""
    return await attacker.upload("/ocr/menu", {"image": many_scans(7000, 300)})


async def filling(attacker: Attacker) -> int:
    """One JPEG with 4 MB between its parts."""
    content = JPEG_HEAD + b"\xff" * 4_000_000 + JPEG_SIZE + JPEG_SCAN + b"\x00\xff\xd9"
    return await attacker.upload("/ocr/menu", {"image": content})


async def imports(attacker: Attacker) -> int:
    """One dry run of 60,000 rows."""
    lines = ["Date,Exercise,Category,Weight (kg),Reps"]
    lines += [
        f"2026-01-{row % 28 + 1:02},{nonsense(12)},Chest,50,{row % 9}" for row in range(60_000)
    ]
    form = {"file": "\n".join(lines).encode(), "format": b"fitnotes", "dry_run": b"true"}
    return await attacker.upload("/imports", form)


async def streams(attacker: Attacker) -> int:
    """One stream that stays open."""
    return await attacker.send("GET", "/sync/stream")


async def slow_bodies(attacker: Attacker) -> int:
    """One request whose body does not come."""
    place = urlsplit(attacker.base_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    head = (
        f"POST {API}/sync/push HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\nContent-Length: 9\r\n"
        f"Authorization: Bearer {attacker.token}\r\n\r\n{{"
    )
    writer.write(head.encode())
    with suppress(OSError, socket.timeout):
        await reader.read()
    writer.close()
    return 0


async def guesses(attacker: Attacker) -> int:
    """One wrong log-in."""
    body = {"email": f"{nonsense(8)}@example.com", "password": nonsense(12)}
    return await attacker.send("POST", "/auth/login", json.dumps(body).encode())


async def malformed(attacker: Attacker) -> int:
    """One combined request with a malformed part of 1 MB."""
    part = b'{"limit":' + b"9" * 1_000_000 + b"}"
    push = json.dumps({"device_id": str(uuid4()), "changes": []}).encode()
    return await attacker.send("POST", "/sync", b'{"push":' + push + b',"pull":' + part + b"}")


ATTACKS: dict[str, tuple[int, Attack]] = {
    "8 × misspelt search, 2,000 own foods": (8, searches),
    "8 × search, 2,000 own foods": (8, plain_searches),
    "2 × JPEG of 300 scans": (2, scans),
    "2 × JPEG with 4 MB of filling": (2, filling),
    "4 × push of 1,000 changes": (4, lambda it: it.push(1000)),
    "40 × push of 200 changes": (40, lambda it: it.push(200)),
    "40 × push of 1 change": (40, lambda it: it.push(1)),
    "4 × pull of 5,000 records": (4, lambda it: it.send("GET", "/sync/pull?limit=5000")),
    "4 × export": (4, lambda it: it.send("GET", "/users/me/export")),
    "2 × import of 60,000 rows": (2, imports),
    "200 × stream": (200, streams),
    "200 × body that does not come": (200, slow_bodies),
    "16 × wrong password": (16, guesses),
    "8 × malformed part of 1 MB": (8, malformed),
}
"""Attacks by name: the number of requests at once, and one request."""


def run(name: str, base_url: str, token: str, began: Event) -> None:
    """Attack until this process is ended; `began` is set when it starts.

    An attacker's client is another machine: here it only has the processor time that is left.
    """
    os.setsid()
    os.nice(LOWEST)
    with suppress(OSError):  # Linux may give every session a share of its own
        Path("/proc/self/autogroup").write_text(str(LOWEST))
    began.set()
    asyncio.run(_run(name, base_url, token))


async def _run(name: str, base_url: str, token: str) -> None:
    parallel, attack = ATTACKS[name]
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        attacker = Attacker(http, base_url, token)

        async def repeat() -> None:
            while True:
                await attack(attacker)
                await asyncio.sleep(0.005)

        await asyncio.gather(*(repeat() for _ in range(parallel)))
