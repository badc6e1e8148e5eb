"""Keep-alives of a process: an error of one stream ends that stream, and no other."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

from schema.ids import UserId
from sync_server.sync.notify.keepalive import KeepAlives
from sync_server.sync.notify.session_checks import Checked, SessionChecks
from sync_server.sync.notify.subscriptions import Listener, StreamHead, VersionSubscriptions
from sync_server.web.identity import Identity

USER, SESSION = UserId("user"), "session"


class LiveSessions:
    """Checks of sessions that find all of them alive."""

    async def read(self, _identities: Sequence[Identity]) -> Checked:
        return Checked({USER: StreamHead(7, 1)}, {(USER, SESSION)}, set())


class NoChannels:
    """Subscriptions to nothing."""

    async def subscribe(self, _user_id: str) -> None:
        pass


async def test_an_error_of_one_stream_ends_no_other() -> None:
    beats = 0

    async def beat() -> None:
        nonlocal beats
        beats += 1

    async def broken() -> None:
        raise RuntimeError("nobody expects this one")

    keepalives = KeepAlives(
        0.02, cast(SessionChecks, LiveSessions()), cast(VersionSubscriptions, NoChannels())
    )
    identity = Identity(USER, "token", SESSION, 0, frozenset())
    first, second = Listener(SESSION), Listener(SESSION)
    running = asyncio.create_task(keepalives.run())
    with (
        keepalives.joined(identity, first, broken),
        keepalives.joined(identity, second, beat),
    ):
        async with asyncio.timeout(5):
            while beats < 3:
                await asyncio.sleep(0.01)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert isinstance(first.error, RuntimeError)
    assert second.error is None
    assert second.version == 7
