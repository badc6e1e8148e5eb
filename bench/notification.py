"""Latency from a push on one device to its pull on another, through a notification."""

import asyncio
import re
import time
from typing import Self
from uuid import uuid4

import uvloop

from bench.load import cursor_of, pull_request, push_body
from bench.meter import Measure, Meter, Pids
from bench.rows import log_of
from bench.wire import Account, Line, address, request

HEAD = re.compile(rb'"version": ?(\d+)')
PATIENCE_S = 10.0


class VersionStream(asyncio.Protocol):
    """Stream of server-sent events; keeps the latest version."""

    def __init__(self) -> None:
        self.version = -1
        self._moved = asyncio.Event()
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, base_url: str, account: Account) -> Self:
        """The account's stream."""
        loop = asyncio.get_running_loop()
        transport, stream = await loop.create_connection(cls, *address(base_url))
        transport.write(request("GET", "/sync/stream", account.token))
        stream._transport = transport
        return stream

    async def wait_for(self, version: int) -> None:
        """Wait until the stream has sent this version."""
        async with asyncio.timeout(PATIENCE_S):
            while self.version < version:
                self._moved.clear()
                await self._moved.wait()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Hear the versions."""
        for version in HEAD.findall(data):
            self.version = max(self.version, int(version))
            self._moved.set()


def notify_and_pull(base_url: str, pids: Pids, account: Account, times: int) -> Measure:
    """One device pushes a record; another, that hears the stream, pulls until it has it."""
    return uvloop.run(_notify_and_pull(base_url, pids, account, times))


async def _notify_and_pull(base_url: str, pids: Pids, account: Account, times: int) -> Measure:
    phone, tablet = await Line.open(base_url), await Line.open(base_url)
    stream = await VersionStream.open(base_url, account)
    device_id, latencies, cursor = str(uuid4()), [], ""
    try:
        await stream.wait_for(0)
        while b'"changes":[]' not in (
            answer := await tablet.ask(pull_request(account, 5000, "none", cursor))
        ):
            cursor = cursor_of(answer)
        meter = Meter(pids)
        version = stream.version
        for row in log_of(times, seed=uuid4().int):
            body = push_body([row.change], device_id)
            request_bytes = request("POST", "/sync/push", account.token, body, key=uuid4().hex)
            started = time.perf_counter()
            # Not awaited: the notification may arrive before the response.
            pushing = asyncio.ensure_future(phone.ask(request_bytes))
            version += 1
            await stream.wait_for(version)
            answer = await tablet.ask(pull_request(account, 500, "touched", cursor))
            latencies.append(time.perf_counter() - started)
            if row.id.encode() not in answer:
                raise AssertionError("the notification came before its change could be pulled")
            cursor = cursor_of(answer)
            await pushing
        return meter.stop(times, latencies)
    finally:
        for end in (phone, tablet, stream):
            end.close()
