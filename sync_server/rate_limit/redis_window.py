"""Sliding windows shared by all processes in Valkey, and in memory while Valkey is away."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from redis.exceptions import NoScriptError

from sync_server.rate_limit.memory_window import MemoryWindows, WindowCost, WindowState
from sync_server.store.breaker import Breaker
from sync_server.store.commands import Commands

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

    def __init__(self, commands: Commands, breaker: Breaker) -> None:
        self._call: Callable[..., Awaitable[list[int]]] = commands.execute
        self._breaker = breaker
        self._local = MemoryWindows()

    async def charge(
        self, costs: Sequence[WindowCost], request: str, *, fail_strict: bool
    ) -> Charged:
        """Charge all windows or none."""
        charged = await self._breaker.call(lambda: self._charge_shared(costs, request), None)
        if charged is not None:
            return charged
        if fail_strict:
            costs = [replace(cost, limit=max(cost.limit // STRICT_DIVISOR, 1)) for cost in costs]
        states = self._local.charge(costs, request, time.monotonic_ns() // 1000)
        return Charged(costs, states, shared=False)

    async def refund(self, charged: Charged, request: str) -> None:
        """Refund a request to the windows that it was charged to."""
        if not charged.shared:
            self._local.refund(charged.costs, request)
            return
        await self._breaker.call(lambda: self._refund_shared(charged.costs, request), None)

    async def _charge_shared(self, costs: Sequence[WindowCost], request: str) -> Charged:
        """Charge the windows of each subject by one script, and give back if one is full.

        The keys of one script must be on one node of a cluster, and those of a subject are.
        """
        groups = _by_subject(costs)
        replies = await asyncio.gather(*(self._charge_subject(it, request) for it in groups))
        of_key = {
            cost.key: state
            for group, states in zip(groups, replies, strict=True)
            for cost, state in zip(group, states, strict=True)
        }
        if not all(state.fits for state in of_key.values()):
            for group in groups if len(groups) > 1 else ():
                if all(of_key[cost.key].fits for cost in group):
                    await self._refund_subject(group, request)
                    for cost in group:
                        state = of_key[cost.key]
                        left = min(state.left + cost.weight, cost.limit)
                        of_key[cost.key] = replace(state, left=left)
        return Charged(costs, [of_key[cost.key] for cost in costs], shared=True)

    async def _refund_shared(self, costs: Sequence[WindowCost], request: str) -> None:
        await asyncio.gather(*(self._refund_subject(it, request) for it in _by_subject(costs)))

    async def _charge_subject(
        self, costs: Sequence[WindowCost], request: str
    ) -> Sequence[WindowState]:
        arguments: list[str | int] = [len(costs), *[cost.key for cost in costs], request]
        for cost in costs:
            arguments += (cost.limit, cost.seconds, cost.weight)
        reply = await self._run(CHARGE, arguments)
        return [
            WindowState(bool(reply[start]), reply[start + 1], reply[start + 2])
            for start in range(0, len(reply), 3)
        ]

    async def _refund_subject(self, costs: Sequence[WindowCost], request: str) -> None:
        arguments: list[str | int] = [len(costs), *[cost.key for cost in costs], request]
        for cost in costs:
            arguments += (cost.limit, cost.weight)
        await self._run(REFUND, arguments)

    async def _run(self, script: Script, arguments: list[str | int]) -> list[int]:
        """Reply of a script, sent as text only where Valkey does not know its hash."""
        try:
            return await self._call("EVALSHA", script.sha1, *arguments)
        except NoScriptError:
            return await self._call("EVAL", script.text, *arguments)


def _by_subject(costs: Sequence[WindowCost]) -> list[list[WindowCost]]:
    """The costs by the hash tag of their keys, `rl:{subject}:policy`."""
    groups: dict[str, list[WindowCost]] = {}
    for cost in costs:
        groups.setdefault(cost.key.partition("{")[2].rpartition("}")[0], []).append(cost)
    return list(groups.values())
