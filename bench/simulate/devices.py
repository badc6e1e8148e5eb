"""Phones of a simulated day: each asks at its time, whether or not others have been answered."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from uuid import uuid4

from PIL import Image

from bench.load import cursor_of, has_more, pull_request, push_body
from bench.meter import Pids, processor_s
from bench.notification import VersionStream
from bench.rows import FIRST_CLOCK, log_of
from bench.simulate.day import (
    INVALID_SHARE,
    OUTAGE,
    REPEAT_SHARE,
    STREAM_SHARE,
    WINDOWS,
    Event,
)
from bench.wire import Account, BadAnswer, Line, request

LINES = 500
"""Connections that are held open between requests at most."""
INVALID = '{{"collection":"foods","id":"{}","op":"put","clock":{},"data":{{"name":""}}}}'


@dataclass(frozen=True, slots=True)
class Sample:
    """Latency of a request in seconds, from the moment it was due; negative if it failed."""

    hour: float
    kind: str
    latency_s: float


@dataclass(slots=True)
class Recorded:
    """Measurements of a day: samples, the server's processor seconds by window, errors."""

    samples: list[Sample] = field(default_factory=list)
    server_s: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    late_s: float = 0.0


class Phones:
    """All phones, with their cursors and streams, over a pool of connections."""

    def __init__(self, base_url: str, accounts: Sequence[Account], chance: random.Random) -> None:
        self._base_url = base_url
        self._accounts = accounts
        self._chance = chance
        self._cursors = [""] * len(accounts)
        self._streams: dict[int, VersionStream] = {}
        self._lines: list[Line] = []

    async def begin(self) -> None:
        """Pull with every phone once, and open the streams of the share of users who have one."""
        for user in range(len(self._accounts)):
            await self._pull(user)
        for user in range(int(len(self._accounts) * STREAM_SHARE)):
            await self._open_stream(user)

    def hang_up(self) -> None:
        """Lose every connection, as in an outage."""
        for line in self._lines:
            line.close()
        for stream in self._streams.values():
            stream.close()
        self._lines.clear()
        self._streams.clear()

    async def act(self, event: Event) -> None:
        """Do what the event says; raises BadAnswer or OSError."""
        if event.kind == "reconnect" and event.user < len(self._accounts) * STREAM_SHARE:
            await self._open_stream(event.user)
        if event.changes:
            await self._push(event.user, event.changes)
        if event.kind == "image":
            await self._ask(_upload(self._accounts[event.user]))
        elif event.kind != "push":
            await self._pull(event.user)

    async def _push(self, user: int, count: int) -> None:
        rows = log_of(count, seed=self._chance.getrandbits(48))
        changes = [row.change for row in rows]
        if self._chance.random() < INVALID_SHARE:
            changes.append(INVALID.format(uuid4(), FIRST_CLOCK))
        body = push_body(changes, str(uuid4()))
        sent = request("POST", "/sync/push", self._accounts[user].token, body, key=uuid4().hex)
        await self._ask(sent)
        if self._chance.random() < REPEAT_SHARE:  # its response was lost
            await self._ask(sent)

    async def _pull(self, user: int) -> None:
        while True:
            account, cursor = self._accounts[user], self._cursors[user]
            answer = await self._ask(pull_request(account, 500, "touched", cursor))
            self._cursors[user] = cursor_of(answer)
            if not has_more(answer):
                return

    async def _ask(self, sent: bytes) -> bytes:
        line = self._lines.pop() if self._lines else await Line.open(self._base_url)
        try:
            answer = await line.ask(sent)
        except BaseException:
            line.close()
            raise
        if len(self._lines) < LINES:
            self._lines.append(line)
        else:
            line.close()
        return answer

    async def _open_stream(self, user: int) -> None:
        stream = await VersionStream.open(self._base_url, self._accounts[user])
        await stream.wait_for(0)
        self._streams[user] = stream


def _upload(account: Account) -> bytes:
    """A picture of a menu, which the mock reads."""
    part = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    body = part + _picture() + b"\r\n--b--\r\n"
    form = "multipart/form-data; boundary=b"
    return request("POST", "/ocr/menu", account.token, body, uuid4().hex, content_type=form)


@cache
def _picture() -> bytes:
    made = BytesIO()
    Image.new("L", (400, 400), 255).save(made, "PNG")
    return made.getvalue()


async def play(phones: Phones, events: Sequence[Event], seconds: float, pids: Pids) -> Recorded:
    """Play a day within the seconds; how late the generator itself was is recorded as well."""
    recorded, tasks = Recorded(), set[asyncio.Task[None]]()
    await phones.begin()
    hour_s, started = seconds / 24, time.perf_counter()

    async def one(event: Event, due: float) -> None:
        try:
            await phones.act(event)
        except (BadAnswer, OSError, TimeoutError) as error:
            recorded.errors[str(error)[:40] or type(error).__name__] += 1
            recorded.samples.append(Sample(event.hour, event.kind, -1.0))
        else:
            recorded.samples.append(Sample(event.hour, event.kind, time.perf_counter() - due))

    async def outage() -> None:
        await asyncio.sleep(max(0.0, started + OUTAGE[0] * hour_s - time.perf_counter()))
        phones.hang_up()

    beside = [
        asyncio.create_task(_meter(recorded, pids, started, seconds)),
        asyncio.create_task(outage()),
    ]
    for event in events:
        due = started + event.hour * hour_s
        if (wait_s := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait_s)
        recorded.late_s = max(recorded.late_s, -wait_s)
        task = asyncio.create_task(one(event, due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks, *beside)
    phones.hang_up()
    return recorded


async def _meter(recorded: Recorded, pids: Pids, started: float, seconds: float) -> None:
    """Record the server's processor time of each window."""
    pids_of_server = (pids.server, *pids.workers)
    before = sum(map(processor_s, pids_of_server))
    for number in range(WINDOWS):
        ends = started + (number + 1) * seconds / WINDOWS
        await asyncio.sleep(max(0.0, ends - time.perf_counter()))
        now = sum(map(processor_s, pids_of_server))
        recorded.server_s.append(now - before)
        before = now
