"""Keep-alives of the streams of a process: one task checks all sessions and writes to all.

An idle stream has no timer of its own, and its task is not woken.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.sync.notify.session_checks import BATCH, SESSION_CHECKS, SessionChecks
from sync_server.sync.notify.subscriptions import SUBSCRIPTIONS, Listener, VersionSubscriptions
from sync_server.web.identity import Identity

AT_ONCE = 50
"""Streams that are written to before other requests have a turn."""

Beat = Callable[[], Awaitable[None]]
"""Write of a sign of life to the client; raises OSError when the client has left."""


async def no_beat() -> None:
    """Nothing, for a connection that has signs of life of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stream:
    identity: Identity
    listener: Listener
    beat: Beat


class KeepAlives:
    """The open streams of this process, all of which are served every `interval_s` seconds.

    A lost notification costs no more than that, and neither does a session that ended unnoticed.
    """

    def __init__(
        self, interval_s: float, checks: SessionChecks, subscriptions: VersionSubscriptions
    ) -> None:
        self._interval_s = interval_s
        self._checks, self._subscriptions = checks, subscriptions
        self._streams: dict[_Stream, None] = {}

    @contextmanager
    def joined(self, identity: Identity, listener: Listener, beat: Beat) -> Iterator[None]:
        """Serve a stream while the block runs: the listener gets its head, or why it must end."""
        stream = _Stream(identity, listener, beat)
        self._streams[stream] = None
        try:
            yield
        finally:
            del self._streams[stream]

    async def run(self) -> None:
        """Serve all streams at every interval until cancelled."""
        while True:
            await asyncio.sleep(_until_next(self._interval_s))
            streams = list(self._streams)
            for user_id in {stream.identity.user_id for stream in streams}:
                await self._subscriptions.subscribe(user_id)
            for start in range(0, len(streams), BATCH):
                await self._serve(streams[start : start + BATCH])

    async def _serve(self, streams: Sequence[_Stream]) -> None:
        try:
            checked = await self._checks.read([stream.identity for stream in streams])
        except Exception as error:
            # Each stream meets it as if it had asked alone.
            for stream in streams:
                stream.listener.fail(error)
            return
        for number, stream in enumerate(streams, 1):
            try:
                stream.listener.see(checked.head(stream.identity))
                await stream.beat()
            except Exception as error:
                # Whatever it is, it ends one stream and not the keep-alives of all.
                stream.listener.fail(error)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)


def _until_next(interval_s: float) -> float:
    """Seconds until the next multiple of the interval."""
    left = interval_s - time.monotonic() % interval_s
    # A timer that fired a little early has just done this one.
    return left if left > interval_s / 10 else left + interval_s


KEEPALIVES: web.AppKey[KeepAlives] = web.AppKey("keepalives", KeepAlives)


async def keepalive_context(app: web.Application) -> AsyncIterator[None]:
    """Serve the streams while the application runs."""
    interval_s = app[CONFIG].serving.stream_keepalive_s
    app[KEEPALIVES] = keepalives = KeepAlives(interval_s, app[SESSION_CHECKS], app[SUBSCRIPTIONS])
    task = asyncio.create_task(keepalives.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
