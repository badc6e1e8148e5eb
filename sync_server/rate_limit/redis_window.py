"""Sliding windows shared by all processes in Valkey, and in memory while Valkey is away."""

import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from redis.exceptions import NoScriptError

from sync_server.rate_limit.memory_window import MemoryWindows, WindowCost, WindowState
from sync_server.store.command_pipeline import CommandPipeline
from sync_server.store.redis import Breaker

STRICT_DIVISOR = 4


class Script:
    """A Lua script in this package, run by its hash."""

    def __init__(self, name: str) -> None:
        self.text = (Path(__file__).parent / name).read_text()
        self.sha1 = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


CHARGE, REFUND = Script("sliding_window.lua"), Script("sliding_window_refund.lua")


@dataclass(frozen=True, slots=True)
class Charged:
    """Costs of a request and the resulting states; `shared` is True for windows in Valkey."""

    costs: Sequence[WindowCost]
    states: Sequence[WindowState]
    shared: bool


class RateLimiter:
    """Charges requests to windows, in one round trip.

    Without Valkey every process counts for itself. With `fail_strict` it then allows a quarter,
    so that a few processes together stay near the limit.
    """

    def __init__(self, commands: CommandPipeline, breaker: Breaker) -> None:
        self._call: Callable[..., Awaitable[list[int]]] = commands.execute
        self._breaker = breaker
        self._local = MemoryWindows()

    async def charge(
        self, costs: Sequence[WindowCost], request: str, *, fail_strict: bool
    ) -> Charged:
        """Charge all windows or none."""
        arguments: list[str | int] = [len(costs), *[cost.key for cost in costs], request]
        for cost in costs:
            arguments += (cost.limit, cost.seconds, cost.weight)
        reply = await self._breaker.call(lambda: self._run(CHARGE, arguments), None)
        if reply is not None:
            states = [
                WindowState(bool(reply[start]), reply[start + 1], reply[start + 2])
                for start in range(0, len(reply), 3)
            ]
            return Charged(costs, states, shared=True)
        if fail_strict:
            costs = [replace(cost, limit=max(cost.limit // STRICT_DIVISOR, 1)) for cost in costs]
        states = self._local.charge(costs, request, time.monotonic_ns() // 1000)
        return Charged(costs, states, shared=False)

    async def refund(self, charged: Charged, request: str) -> None:
        """Refund a request to the windows that it was charged to."""
        if not charged.shared:
            self._local.refund(charged.costs, request)
            return
        costs = charged.costs
        arguments: list[str | int] = [len(costs), *[cost.key for cost in costs], request]
        for cost in costs:
            arguments += (cost.limit, cost.weight)
        await self._breaker.call(lambda: self._run(REFUND, arguments), None)

    async def _run(self, script: Script, arguments: list[str | int]) -> list[int]:
        """Reply of a script, sent as text only where Valkey does not know its hash."""
        try:
            return await self._call("EVALSHA", script.sha1, *arguments)
        except NoScriptError:
            return await self._call("EVAL", script.text, *arguments)
