"""Listeners: an event stream and a WebSocket for each user, opened again whenever they end."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import aiohttp

from tests.torture.people import Person, Unreachable, log_in

FAILURES = (aiohttp.ClientError, OSError, TimeoutError, ValueError, Unreachable)


class Listener:
    """The last version that a stream of a kind has sent, over all its connections."""

    def __init__(self, kind: str, base_url: str, person: Person) -> None:
        self.kind, self.version = kind, -1
        self._base_url, self._person = base_url, person
        self._token = ""

    async def run(self) -> None:
        """Listen until cancelled."""
        connect: Callable[[aiohttp.ClientSession], Awaitable[None]] = (
            self._events if self.kind == "event stream" else self._socket
        )
        timeout = aiohttp.ClientTimeout(sock_connect=5, sock_read=5)
        while True:
            with suppress(*FAILURES):
                if not self._token:
                    self._token = (await log_in(self._base_url, self._person))["access_token"]
                async with aiohttp.ClientSession(timeout=timeout) as http:
                    await connect(http)
            await asyncio.sleep(0.1)

    async def _events(self, http: aiohttp.ClientSession) -> None:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "text/event-stream"}
        async with http.get(f"{self._base_url}/api/v1/sync/stream", headers=headers) as answer:
            if answer.status == 401:
                self._token = ""
            async for line in _lines(answer):
                if line.startswith("data:"):
                    self.version = json.loads(line.removeprefix("data:"))["version"]

    async def _socket(self, http: aiohttp.ClientSession) -> None:
        async with http.ws_connect(f"{self._base_url}/api/v1/sync/socket") as socket:
            await socket.send_json({"access_token": self._token})
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self.version = message.json()["version"]
            if socket.close_code == 4401:
                self._token = ""


async def _lines(answer: aiohttp.ClientResponse) -> AsyncIterator[str]:
    async for line in answer.content:
        yield line.decode().strip()
