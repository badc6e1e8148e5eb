"""A server that is there already, at a URL: only what happens outside of it can be a fault.

It needs no power over the server: devices with wrong clocks, lost and repeated exchanges, devices
that are killed, sessions that end. The rounds delete the accounts that they have made.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp

from tests.torture.people import PASSWORD, Person, Unreachable, log_in, request
from tests.torture.rounds import Result, Round
from tests.torture.stack import ServerProcess, Stack

OUTSIDE = ["device_clock_jumps", "device_restarted", "network_gone", "session_ended"]
"""Faults that need no power over the server."""


class GivenServer(ServerProcess):
    """The server at a URL."""

    def __init__(self, base_url: str) -> None:
        self.number, self.process = 0, None
        self.base_url = base_url.rstrip("/")

    async def is_ready(self) -> bool:
        """True if it answers without a failure; a balancer may hide /health."""
        timeout = aiohttp.ClientTimeout(total=5)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.get(f"{self.base_url}/health/ready") as answer,
            ):
                return answer.status < 500
        except (OSError, TimeoutError, aiohttp.ClientError):
            return False


class Given(Stack):
    """The server at a URL in place of the stack; it is neither started nor ended."""

    is_limited = True

    def __init__(self, base_url: str) -> None:
        self.servers = [GivenServer(base_url)]
        self.restarts = Counter()

    async def until_ready(self, servers: list[ServerProcess] | None = None) -> None:
        """Wait until the server answers; raises TimeoutError."""
        async with asyncio.timeout(60):
            for server in servers or self.servers:
                while not await server.is_ready():
                    await asyncio.sleep(0.2)


class GivenRound(Round):
    """A round whose accounts are deleted at its end."""

    async def run(self) -> Result:
        """Work, rest, judgement, and the accounts' deletion."""
        try:
            return await super().run()
        finally:
            for person in self.scene.people:
                with suppress(Unreachable):
                    await self._delete(person)

    async def _delete(self, person: Person) -> None:
        base_url = self.stack.servers[0].base_url
        token = (await log_in(base_url, person))["access_token"]
        await request(base_url, "DELETE", "/users/me", {"password": PASSWORD}, token)

    async def until_stored(self) -> None:
        """Wait until the server answers; an account more would not be deleted."""
        await self.stack.until_ready()


@asynccontextmanager
async def given(base_url: str) -> AsyncIterator[Stack]:
    """The server at a URL, once it answers."""
    stack = Given(base_url)
    await stack.until_ready()
    yield stack
