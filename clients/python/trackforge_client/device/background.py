"""Sync that goes on by itself: a pusher, a puller and a listener that never wait for each other."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial

from trackforge_client.device.backoff import Backoff, Sleep
from trackforge_client.device.errors import ClientError, SignedOut, UpgradeRequired
from trackforge_client.device.last_error import Attempt


class Worker:
    """Does one thing whenever it is woken or its interval is over, and later when that fails."""

    def __init__(
        self,
        work: Callable[[], Awaitable[object]],
        backoff: Backoff,
        interval_s: float,
        sleep: Sleep,
        report: Callable[[float], None],
    ) -> None:
        """`report` is told, after a failure, how many seconds pass before the next try."""
        self._work = work
        self._backoff = backoff
        self._interval_s = interval_s
        self._sleep = sleep
        self._report = report
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._woken.clear()
            try:
                await self._work()
            except (SignedOut, UpgradeRequired):
                await self._woken.wait()  # No waiting cures this, only the user.
            except ClientError as error:
                # Being woken does not shorten this: the server may have asked for rest.
                wait_s = self._backoff.next_s(getattr(error, "retry_after_s", None))
                self._report(wait_s)
                await self._sleep(wait_s)
            else:
                self._backoff.reset()
                await self._pause()

    async def _pause(self) -> None:
        woken = asyncio.ensure_future(self._woken.wait())
        over = asyncio.ensure_future(self._sleep(self._interval_s))
        try:
            await asyncio.wait((woken, over), return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            over.cancel()


class Background:
    """The three workers of a device, started and stopped together."""

    def __init__(
        self,
        push: Callable[[], Awaitable[object]],
        pull: Callable[[], Awaitable[object]],
        heads: Callable[[], AsyncGenerator[int, None]],
        *,
        source: random.Random,
        sleep: Sleep,
        interval_s: float,
        report: Callable[[Attempt, float], None],
    ) -> None:
        """`heads` yields the server's version whenever it moves; `report` is told of retries."""
        self._heads = heads

        self._push = Worker(push, Backoff(source), interval_s, sleep, partial(report, "push"))
        self._pull = Worker(pull, Backoff(source), interval_s, sleep, partial(report, "pull"))
        # A stream that cannot be had is no trouble to tell of: the puller asks now and then.
        self._listen = Worker(self._hear, Backoff(source), 1.0, sleep, lambda _: None)
        self._task: asyncio.Task[None] | None = None

    def written(self) -> None:
        """A local write waits."""
        self._push.wake()

    def signed_in(self) -> None:
        """Everything may work again."""
        for worker in (self._push, self._pull, self._listen):
            worker.wake()

    async def run(self) -> None:
        """Push, pull and listen until cancelled."""
        async with asyncio.TaskGroup() as group:
            for worker in (self._push, self._pull, self._listen):
                group.create_task(worker.run())

    def start(self) -> None:
        """Run as a task of the present loop."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self.run())

    async def stop(self) -> None:
        """End the task, if there is one; a push on its way is repeated later."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))
            if not task.cancelled():
                task.result()  # A defect of this package must not pass in silence.

    async def _hear(self) -> None:
        async for _ in self._heads():
            self._pull.wake()
