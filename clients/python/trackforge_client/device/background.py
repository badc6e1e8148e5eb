"""Background sync: three independent workers for pushes, pulls and server events."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial

from trackforge_client.device.backoff import Backoff, Sleep
from trackforge_client.device.errors import ClientError, SignedOut, UpgradeRequired
from trackforge_client.device.last_error import Attempt


class Worker:
    """Repeats one task when woken or when its interval is over; backs off after a failure."""

    def __init__(
        self,
        work: Callable[[], Awaitable[object]],
        backoff: Backoff,
        interval_s: float,
        sleep: Sleep,
        report: Callable[[float], None],
    ) -> None:
        """`report` is called after a failure with the seconds until the next attempt."""
        self._work = work
        self._backoff = backoff
        self._interval_s = interval_s
        self._sleep = sleep
        self._report = report
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Starts the next run now."""
        self._woken.set()

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            self._woken.clear()
            try:
                await self._work()
            except (SignedOut, UpgradeRequired):
                await self._woken.wait()  # Only the user can resolve this.
            except ClientError as error:
                # A wake-up does not shorten the wait: the server may have sent Retry-After.
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
    """Three workers of a device, started and stopped together."""

    def __init__(
        self,
        push: Callable[[], Awaitable[object]],
        pull: Callable[[], Awaitable[object]],
        versions: Callable[[], AsyncGenerator[int, None]],
        *,
        source: random.Random,
        sleep: Sleep,
        interval_s: float,
        report: Callable[[Attempt, float], None],
    ) -> None:
        """`versions` yields the server's version on every change; `report` gets each retry."""
        self._versions = versions

        self._push = Worker(push, Backoff(source), interval_s, sleep, partial(report, "push"))
        self._pull = Worker(pull, Backoff(source), interval_s, sleep, partial(report, "pull"))
        # A failed stream is not reported: the puller polls at its interval.
        self._listen = Worker(self._listen_once, Backoff(source), 1.0, sleep, lambda _: None)
        self._task: asyncio.Task[None] | None = None

    def written(self) -> None:
        """Wakes the pusher: a local write is in the outbox."""
        self._push.wake()

    def signed_in(self) -> None:
        """Wakes all workers after a sign-in."""
        for worker in (self._push, self._pull, self._listen):
            worker.wake()

    async def run(self) -> None:
        """Runs all workers until cancelled."""
        async with asyncio.TaskGroup() as group:
            for worker in (self._push, self._pull, self._listen):
                group.create_task(worker.run())

    def start(self) -> None:
        """Starts `run` as a task of the current event loop."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self.run())

    async def stop(self) -> None:
        """Cancels the task, if any; an interrupted push is repeated later."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))
            if not task.cancelled():
                task.result()  # Raises an unexpected error of a worker.

    async def _listen_once(self) -> None:
        async for _ in self._versions():
            self._pull.wake()
