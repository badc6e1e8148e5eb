"""Sliding windows that all processes share in Valkey, and this process's own when it is away."""

import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from sync_server.rate_limit.memory_window import Charge, Reading, Windows
from sync_server.store.redis import Breaker

ALONE = 4


class Script:
    """A Lua script that lies beside this module."""

    def __init__(self, name: str) -> None:
        self.text = (Path(__file__).parent / name).read_text()
        self.sha1 = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


SPEND, REFUND = Script("sliding_window.lua"), Script("sliding_window_refund.lua")


@dataclass(frozen=True, slots=True)
class Spent:
    """What was charged, or refused, for a request; `shared` tells where."""

    charges: Sequence[Charge]
    readings: Sequence[Reading]
    shared: bool


class Limiter:
    """Charges requests to windows, in one round trip.

    Without Valkey every process counts for itself. Where somebody may be guessing (`wary`), it
    then allows a quarter, so that a few processes together stay near the limit.
    """

    def __init__(self, redis: Redis, breaker: Breaker) -> None:
        # redis-py types its generic command loosely.
        self._call: Callable[..., Awaitable[list[int]]] = redis.execute_command
        self._breaker = breaker
        self._own = Windows()

    async def spend(self, charges: Sequence[Charge], request: str, *, wary: bool) -> Spent:
        """Charge all or nothing."""
        arguments: list[str | int] = [len(charges), *[it.key for it in charges], request]
        for charge in charges:
            arguments += (charge.limit, charge.seconds, charge.weight)
        told = await self._breaker.call(lambda: self._run(SPEND, arguments), None)
        if told is not None:
            readings = [
                Reading(bool(told[at]), told[at + 1], told[at + 2]) for at in range(0, len(told), 3)
            ]
            return Spent(charges, readings, shared=True)
        if wary:
            charges = [replace(it, limit=max(it.limit // ALONE, 1)) for it in charges]
        readings = self._own.spend(charges, request, time.monotonic_ns() // 1000)
        return Spent(charges, readings, shared=False)

    async def refund(self, spent: Spent, request: str) -> None:
        """Give back what a request was charged, in this window and no other."""
        if not spent.shared:
            self._own.refund(spent.charges, request)
            return
        charges = spent.charges
        arguments: list[str | int] = [len(charges), *[it.key for it in charges], request]
        for charge in charges:
            arguments += (charge.limit, charge.weight)
        await self._breaker.call(lambda: self._run(REFUND, arguments), None)

    async def _run(self, script: Script, arguments: list[str | int]) -> list[int]:
        """By its hash, which Valkey knows but for the first time and after a restart."""
        try:
            return await self._call("EVALSHA", script.sha1, *arguments)
        except NoScriptError:
            return await self._call("EVAL", script.text, *arguments)
