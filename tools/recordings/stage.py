"""The stage: devices that live through a story's own years on a server that lives today."""

import datetime
import json
import random
import uuid
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from tools.recordings.time_machine import TimeMachine
from trackforge_client.device.device import Device, wall_clock_us
from trackforge_client.device.json_types import Json
from trackforge_client.device.server_record import dump
from trackforge_client.device.transport import AiohttpTransport
from trackforge_client.replay.recorder import Recorder
from trackforge_client.replay.translation import Translation

SECOND_US = 1_000_000
PASSWORD_OF_ONE_RUN = uuid.uuid4().hex


def microseconds(moment: datetime.datetime) -> int:
    """Since the Unix epoch, to the second."""
    return round(moment.timestamp()) * SECOND_US


class Counting(random.Random):
    """A source of bits that counts, so that ids are valid, distinct and short when compressed.

    Each device counts in a range of its own.
    """

    def __init__(self, device: str) -> None:
        super().__init__(device)
        self._count = zlib.crc32(device.encode()) << 20

    def getrandbits(self, k: int, /) -> int:
        """The next number."""
        self._count += 1
        return self._count % (1 << k)


class Stage:
    """A story's time and its devices, all of one user; every exchange goes to a recorder.

    To the server the whole story has just happened: its clocks are moved by one constant, so that
    it ends at the present.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        begins: datetime.datetime,
        ends: datetime.datetime,
        raw: Path,
    ) -> None:
        self.name = name
        self.now_us = microseconds(begins)
        self.skew_us: dict[str, int] = {}
        self._base_url = base_url
        self._recorder = Recorder(raw, clock=lambda: self.now_us / SECOND_US)
        self._email = f"{name}-{uuid.uuid4().hex[:12]}@example.com"
        self._registered = False
        self._past: dict[int, int] = {}
        self._translation = Translation("", "", wall_clock_us() - microseconds(ends))

    def at(self, moment: datetime.datetime) -> None:
        """Let the story go on to a moment; time never goes back."""
        self.now_us = max(self.now_us + SECOND_US, microseconds(moment))

    def wait(self, seconds: float) -> None:
        """Let some time go by."""
        self.now_us += round(seconds * SECOND_US)

    @asynccontextmanager
    async def device(self, name: str) -> AsyncGenerator[Device, None]:
        """A signed-in device, whose wall clock is wrong by what `skew_us` says at the time."""

        async def sleep(seconds: float) -> None:
            self.wait(seconds)

        http = TimeMachine(
            AiohttpTransport(self._base_url), self._translation, self._past, self.tick
        )
        async with Device(
            ":memory:",
            self._base_url,
            name=name,
            record=self._recorder,
            http=http,
            now_us=lambda: self.wall_us(name),
            source=Counting(name),
            sleep=sleep,
        ) as device:
            enter = device.login if self._registered else device.register
            await enter(self._email, PASSWORD_OF_ONE_RUN)
            self._registered = True
            yield device

    def wall_us(self, name: str) -> int:
        """Wall clock of a device."""
        return self.now_us + self.skew_us.get(name, 0)

    def tick(self) -> int:
        """The story's time now, which a request has moved on a little."""
        self.now_us += 20_000
        return self.now_us

    async def push(
        self, device: Device, changes: list[dict[str, Json]], key: str, **envelope: Json
    ) -> Json:
        """Send a push made by hand, as a device that breaks the rules may; answers what came.

        Raises RequestRejected. The device itself learns of it by its next pull.
        """
        now = self.wall_us(device.name)
        body = {"device_id": device.id, "sent_at": now, **envelope, "changes": changes}
        response = await device.session.call("POST", "/sync/push", dump(body).encode(), key)
        answer: Json = json.loads(response.body)
        return answer

    def close(self) -> None:
        """End the recording."""
        self._recorder.close()
