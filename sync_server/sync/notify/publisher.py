"""Publication of committed writes: cached responses, and notifications to all processes.

Correctness does not depend on it: what Valkey loses costs latency, never data.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

from aiohttp import web

from sync_server.store.breaker import BREAKER, Breaker
from sync_server.store.command_pipeline import Command
from sync_server.store.commands import COMMANDS, Commands
from sync_server.store.redis import CHECK, channel
from sync_server.sync.notify.subscriptions import SUBSCRIPTIONS, VersionSubscriptions
from sync_server.web.idempotency import CACHED_FOR_S, IdempotencyKey, cache_key, encode_cached


class Publisher:
    """Publishes the writes of many requests in one round trip, off the response path."""

    MAX_RESPONSES = 10_000

    def __init__(
        self, commands: Commands, breaker: Breaker, subscriptions: VersionSubscriptions
    ) -> None:
        self._commands = commands
        self._breaker = breaker
        self._subscriptions = subscriptions
        self._responses: dict[str, bytes] = {}
        self._versions: dict[str, int] = {}
        self._checks: set[str] = set()
        self._pending = asyncio.Event()
        self._observers: list[Callable[[str], None]] = []

    def observe(self, observer: Callable[[str], None]) -> None:
        """Call the observer with the user of each new version."""
        self._observers.append(observer)

    def cache_response(
        self, user_id: str, key: IdempotencyKey, version: int, stored: bytes
    ) -> None:
        """Cache a response in its stored form, for replays without PostgreSQL."""
        if len(self._responses) < self.MAX_RESPONSES:
            packed = encode_cached(key.fingerprint, version, stored)
            self._responses[cache_key(user_id, key.text)] = packed
        self._pending.set()

    def publish(self, user_id: str, version: int) -> None:
        """Notify the user's streams of a new version."""
        self._subscriptions.notify(user_id, version)
        for observer in self._observers:
            observer(user_id)
        self._versions[user_id] = version
        self._pending.set()

    def request_check(self, user_id: str) -> None:
        """Make the user's streams send their state again, without a new version."""
        self._subscriptions.request_check(user_id)
        self._checks.add(user_id)
        self._pending.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._pending.wait()
            self._pending.clear()
            responses, self._responses = self._responses, {}
            versions, self._versions = self._versions, {}
            checks, self._checks = self._checks, set()
            await self._breaker.call(partial(self._send, responses, versions, checks), None)

    async def _send(
        self, responses: dict[str, bytes], versions: dict[str, int], checks: set[str]
    ) -> None:
        commands: list[Command] = [
            ("SET", key, packed, "EX", CACHED_FOR_S) for key, packed in responses.items()
        ]
        commands += [("PUBLISH", channel(user), version) for user, version in versions.items()]
        commands += [("PUBLISH", channel(user_id), CHECK) for user_id in checks]
        await self._commands.execute_all(commands)


PUBLISHER: web.AppKey[Publisher] = web.AppKey("publisher", Publisher)


async def publisher_context(app: web.Application) -> AsyncIterator[None]:
    """Run the publisher while the application runs."""
    app[PUBLISHER] = publisher = Publisher(app[COMMANDS], app[BREAKER], app[SUBSCRIPTIONS])
    task = asyncio.create_task(publisher.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
