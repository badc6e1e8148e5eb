"""Fair shares of a process: requests of users who used much lately give way to those of others.

The time that a user's requests compute on the event loop, or hold a connection of the database, is
added up and halves every two seconds. Alone, a user has the whole process. Beside others, each step
of a request waits while a request of a user who used much less is at work, for `PAUSE_S` at most.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from sync_server.store.observers import WORK
from sync_server.web.client_address import address_of
from sync_server.web.used_time import UsedTime

HEAVY_S = 1.0
"""Time used lately above which a user's requests give way: a third of a process."""
UNMEASURED_S, MEASURED = 0.03, 4
"""Time used lately up to which one request in so many is measured."""
LIGHTER = 2.0
"""Factor by which the other user must have used less."""
PAUSE_S = 0.025
"""Longest wait of one step."""
AT_WORK_S = 0.1
"""Time after its last step for which a request counts as being at work: more and it only waits."""
DECAY_S = 0.25
"""Time after which an account fades at the latest, when a request begins."""
ACTIVE_S = 1.0
"""Time after the start of a request in which its user counts as active."""
MAX_ACCOUNTS = 10_000

T = TypeVar("T")


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True, eq=False)
class _AtWork:
    """Request at work: its user's account, and a predicate that it has all that it needs."""

    account: UsedTime
    can_work: Callable[[], bool]


class FairShares:
    """Shares of all users of a process; a key is a user's id, or an address before the log-in."""

    def __init__(self) -> None:
        self._accounts: OrderedDict[str, UsedTime] = OrderedDict()
        self._requests = 0
        self._at_work: set[_AtWork] = set()
        self._waiting: set[asyncio.Future[None]] = set()
        # The start of each active user's latest request, the earliest first.
        self._active: OrderedDict[UsedTime, float] = OrderedDict()

    def account(self, key: str) -> UsedTime:
        """Account of a user, made when there is none; the longest unused ones are forgotten."""
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = UsedTime()
            if len(self._accounts) > MAX_ACCOUNTS:
                self._accounts.popitem(last=False)
        else:
            self._accounts.move_to_end(key)
        return account

    async def run(
        self,
        key: str,
        work: Coroutine[Any, Any, T],
        can_work: Callable[[], bool] = _always,
    ) -> T:
        """Result of a request's work, which gives way to that of users who used much less.

        Nobody waits for a request until it `can_work`: a client may send its body slowly, and it
        may wait for the end of others of the same user.
        Of users who used next to nothing, one request in MEASURED is measured, for all of these:
        the clock is read twice a step. How long they hold connections is always counted.
        """
        account = self.account(key)
        now = account.at = time.perf_counter()
        if now - account.decayed_at > DECAY_S:
            account.decay(now)
        request = _AtWork(account, can_work)
        self._at_work.add(request)
        token = WORK.set(account.add)
        self._requests += 1
        try:
            if account.used > UNMEASURED_S:
                return await _Steps(self, account, work, 1)
            if self._requests % MEASURED == 0:
                return await _Steps(self, account, work, MEASURED)
            return await work
        finally:
            WORK.reset(token)
            self._at_work.discard(request)
            for waiting in self._waiting:
                _wake(waiting)

    def heavy(self, key: str) -> UsedTime | None:
        """Account of a user who used much lately, while one who used much less is active.

        The user is active from now on. (The address of a log-in is no user, and never asked for.)
        """
        account = self.account(key)
        self._note_active(account, time.perf_counter())
        if account.used < HEAVY_S or account.used_lately() < HEAVY_S:
            return None
        limit, since = account.used / LIGHTER, time.perf_counter() - ACTIVE_S
        has_lighter = any(
            started > since and other.used < limit for other, started in self._active.items()
        )
        return account if has_lighter else None

    def _note_active(self, account: UsedTime, now: float) -> None:
        active = self._active
        active[account] = now
        active.move_to_end(account)
        while active[next(iter(active))] < now - ACTIVE_S:
            active.popitem(last=False)

    def must_wait(self, account: UsedTime) -> bool:
        """True while a request of a user who used much less is at work, and not only waiting."""
        since = time.perf_counter() - AT_WORK_S
        limit = account.used / LIGHTER
        return any(
            other.account.used < limit and other.account.at > since and other.can_work()
            for other in self._at_work
        )

    def give_way(self, account: UsedTime) -> Generator[Any, Any, None]:
        """Wait for the requests of users who used much less, for PAUSE_S at most."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PAUSE_S
        while (left := deadline - loop.time()) > 0 and self.must_wait(account):
            woken: asyncio.Future[None] = loop.create_future()
            timer = loop.call_later(left, _wake, woken)
            self._waiting.add(woken)
            try:
                yield from woken
            finally:
                timer.cancel()
                self._waiting.discard(woken)


class _Steps(Generic[T]):
    """Work of a request, step by step: each is measured, and may have to wait for others."""

    __slots__ = ("_account", "_factor", "_shares", "_work")

    def __init__(
        self, shares: FairShares, account: UsedTime, work: Coroutine[Any, Any, T], factor: int
    ) -> None:
        self._shares, self._account, self._work, self._factor = shares, account, work, factor

    def __await__(self) -> Generator[Any, Any, T]:
        account, work, clock = self._account, self._work, time.perf_counter
        factor = self._factor
        error: BaseException | None = None
        while True:
            began = clock()
            try:
                awaited = work.send(None) if error is None else work.throw(error)
            except StopIteration as end:
                result: T = end.value
                return result
            finally:
                account.at = now = clock()
                account.used += (now - began) * factor
            error = None
            try:
                yield awaited
                if account.used > HEAVY_S:
                    account.decay(clock())
                    yield from self._shares.give_way(account)
            except BaseException as thrown:  # cancellation belongs to the work
                error = thrown


def _wake(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)


FAIR_SHARES: web.AppKey[FairShares] = web.AppKey("fair_shares", FairShares)


async def run_public(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Response of a route without a user; a POST, such as a log-in, is its address's work."""
    if request.method != "POST":
        return await handler(request)

    async def work() -> web.StreamResponse:
        return await handler(request)

    key = f"address {address_of(request)}"
    return await request.app[FAIR_SHARES].run(key, work(), request.content.is_eof)
