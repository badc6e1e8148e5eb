"""Wakes in the background, as iOS grants them: 30 seconds, killed at any moment, 2 to 6 a day.

`make wakes` kills 10,000 times and prints what a week's backlog and a usual day cost.
"""

import asyncio
import datetime
import os
import random
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from tests.conftest import running
from tests.infrastructure.server import Server
from trackforge_client import Device
from trackforge_client.device.store import Store
from trackforge_client.device.transport import AiohttpTransport, Request, Response

KILLS = int(os.environ.get("WAKE_KILLS", "150"))
PHONES = 5
"""Accounts whose phones are killed side by side."""
SEED = int(os.environ.get("WAKE_SEED", "7"))
PASSWORD = "correct horse battery staple"
DAY = datetime.date(2026, 11, 23)
EXERCISE = str(uuid.UUID(int=5))


class Killed(BaseException):
    """The system ended the process."""


class Fate:
    """The step after which the process is killed; 0 for none. `longest` is the longest wake."""

    def __init__(self) -> None:
        self.left = self.steps = 0
        self.longest = 21

    def begin(self, kill_after: int) -> None:
        """Begin a wake that ends after so many steps."""
        self.left, self.steps = kill_after, 0

    def step(self) -> None:
        """Count one step; raise Killed at the last."""
        self.steps += 1
        self.left -= 1
        if self.left == 0:
            raise Killed


class MortalTransport:
    """A transport that may be killed before a request, or before its response is read."""

    def __init__(self, url: str, fate: Fate) -> None:
        self._inner = AiohttpTransport(url)
        self._fate = fate
        self.requests = 0

    async def send(self, request: Request) -> Response:
        """The response, unless the process is killed."""
        self._fate.step()
        self.requests += 1
        response = await self._inner.send(request)
        self._fate.step()
        return response

    def lines(self, request: Request) -> AsyncGenerator[str, None]:
        """The stream as it is."""
        return self._inner.lines(request)

    async def close(self) -> None:
        """Close the network within."""
        await self._inner.close()


class Phone:
    """A phone whose app may be killed and started again on the same file."""

    def __init__(self, path: Path, url: str) -> None:
        self.fate = Fate()
        self._path, self._url = path, url
        self.device = self._start()

    def _start(self) -> Device:
        device = Device(self._path, self._url, name="phone",
                        http=MortalTransport(self._url, self.fate))  # fmt: skip
        self._make_mortal(device._store)
        return device

    def _make_mortal(self, store: Store) -> None:
        begun = store.transaction

        @contextmanager
        def transaction() -> Iterator[Any]:
            with begun() as connection:
                yield connection
                if store._depth == 1:
                    self.fate.step()  # killed before the commit
            if store._depth == 0:
                self.fate.step()  # killed after it

        vars(store)["transaction"] = transaction

    async def wake(self, kill_after: int = 0) -> bool:
        """True unless the wake was killed after so many steps; then the app is started again."""
        self.fate.begin(kill_after)
        try:
            await self.device.wake()
        except Killed:
            self.fate.left = 0
            await self.device._http.close()
            self.device.close()
            self.device = self._start()
            return False
        self.fate.left, self.fate.longest = 0, self.fate.steps
        return True


def usual_day(device: Device, day: datetime.date) -> int:
    """Number of records; logs a day as a person does: a workout, seven foods, the weight."""
    date = day.isoformat()
    device.put("body_metrics", {"date": date, "weight_kg": 81.4})
    session = device.put("workout_sessions", {"date": date, "name": "Push day"})
    for position in range(18):
        device.put("workout_sets", {"session_id": session, "exercise_id": EXERCISE,
                                    "position": position, "reps": 8, "weight_kg": 62})  # fmt: skip
    for number in range(7):
        device.put("food_logs", {"date": date, "name": f"Food {number}", "energy_kcal": 250,
                                 "protein_g": 12, "carbs_g": 30, "fat_g": 8})  # fmt: skip
    return 27


@pytest.fixture
def email() -> str:
    return f"{uuid.uuid4()}@example.com"


@pytest.fixture
async def phone(server: Server, email: str, tmp_path: Path) -> AsyncIterator[Phone]:
    phone = Phone(tmp_path / "phone.db", server.base_url)
    await phone.device.register(email, PASSWORD)
    yield phone
    await phone.device.__aexit__()


@pytest.fixture
async def tablet(server: Server, email: str, phone: Phone) -> AsyncIterator[Device]:
    assert phone.device.status().email == email
    async with Device(":memory:", server.base_url, name="tablet") as device:
        await device.login(email, PASSWORD)
        yield device


@pytest.fixture
async def unlimited(config: Config) -> AsyncIterator[Server]:
    """A server without rate limits: here a phone wakes up ten times a second for minutes."""
    off = Limit(0, 1)
    settings = config.changed(
        rate_limit_refresh_family=off, rate_limit_pull_requests=off, rate_limit_push_changes=off
    )
    async with running(settings) as server:
        yield server


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: what a killed process wrote is not lost there."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else tmp_path) as folder:
        yield Path(folder)


async def test_nothing_is_lost_or_doubled_however_often_a_wake_is_killed(
    unlimited: Server, memory: Path
) -> None:
    started, cpu = time.monotonic(), time.process_time()
    campaigns = [
        Campaign(unlimited.base_url, memory / f"{number}.db", random.Random(SEED + number))
        for number in range(PHONES)
    ]
    await asyncio.gather(*(it.run(-(-KILLS // PHONES)) for it in campaigns))
    kills, wakes = sum(it.kills for it in campaigns), sum(it.wakes for it in campaigns)
    written = sum(it.written for it in campaigns)
    assert kills >= KILLS
    print(f"\nkills       {kills} of {wakes} wakes of {PHONES} phones; {written} writes, none "
          f"lost, none doubled;\n            {time.monotonic() - started:.0f} s, "
          f"{time.process_time() - cpu:.0f} s of them of the processor")  # fmt: skip


class Campaign:
    """A phone that is killed in its wakes, and a tablet of the same account that writes, too."""

    def __init__(self, url: str, path: Path, source: random.Random) -> None:
        self._url, self._source = url, source
        self._phone = Phone(path, url)
        self.kills = self.wakes = self.written = 0

    async def run(self, kills: int) -> None:
        """Kill so many wakes at random steps; then nothing may be lost or doubled."""
        phone, email = self._phone, f"{uuid.uuid4()}@example.com"
        await phone.device.register(email, PASSWORD)
        async with Device(":memory:", self._url, name="tablet") as tablet:
            await tablet.login(email, PASSWORD)
            while self.kills < kills:
                await self._wake_once(tablet)
            assert await phone.wake()
            await tablet.sync()
            await self._check(tablet)
        await phone.device.__aexit__()

    async def _wake_once(self, tablet: Device) -> None:
        phone, source = self._phone, self._source
        for _ in range(source.randrange(3)):
            phone.device.put("foods", food(source))
            self.written += 1
        if source.random() < 0.1:
            tablet.put("foods", food(source))
            self.written += 1
            await tablet.push()
        self.wakes += 1
        # A little beyond the steps of the last wake that ended: any of them may be the last.
        self.kills += not await phone.wake(source.randrange(1, phone.fate.longest + 2))

    async def _check(self, tablet: Device) -> None:
        phone = self._phone
        assert (await phone.device.check()).same
        assert phone.device.digest() == tablet.digest()
        assert len(phone.device.live()) == self.written
        # Each write is one version of the account: one that was stored twice would be two.
        version = (await phone.device.session.call("GET", "/sync/check")).body
        assert f'"version":{self.written},'.encode() in version
        assert phone.device.rejected() == []


def food(source: random.Random) -> dict[str, Any]:
    return {"name": f"Food {source.random()}", "energy_kcal": 370, "protein_g": 13,
            "carbs_g": 59, "fat_g": 7}  # fmt: skip


async def test_a_wake_with_a_useless_cursor_rejects_no_change(phone: Phone) -> None:
    device = phone.device
    id = device.put("foods", food(random.Random(SEED)))
    device._store.set(cursor="nonsense")
    result = await device.wake()
    assert (result.sent, result.finished) == ({"applied": 1}, True)
    assert device.rejected() == []
    assert device.get("foods", id) is not None


async def test_a_weeks_backlog_is_drained_in_one_wake(
    server: Server, phone: Phone, tablet: Device
) -> None:
    async with (
        metered(server) as meter,
        Device(phone._path.with_name("other.db"), meter.url, name="phone") as device,
    ):
        await device.login(str(tablet.status().email), PASSWORD)
        await device.pull()
        for offset in range(7):
            usual_day(device, DAY + datetime.timedelta(days=offset))
            usual_day(tablet, DAY + datetime.timedelta(days=7 + offset))
        await tablet.sync()
        meter.clear()
        started = time.monotonic()
        result = await device.wake(budget_s=30)
        seconds = time.monotonic() - started
        assert result.finished
        assert sum(result.sent.values()) == 7 * 27
        assert result.received >= 7 * 27
        assert meter.requests == 1
        assert seconds < 30
    print(f"\nbacklog     {7 * 27} records each way in one wake: {meter.requests} request, "
          f"{meter.bytes / 1000:.1f} kB, {seconds:.2f} s")  # fmt: skip


async def test_a_usual_day_is_two_requests_and_little_data(
    server: Server, phone: Phone, tablet: Device
) -> None:
    async with (
        metered(server) as meter,
        Device(phone._path.with_name("other.db"), meter.url, name="phone") as device,
    ):
        await device.login(str(tablet.status().email), PASSWORD)
        await device.wake()
        meter.clear()
        usual_day(device, DAY)
        assert (await device.wake()).finished
        tablet.put("body_metrics", {"date": "2026-11-24", "weight_kg": 81.2})
        await tablet.push()
        device.put("food_logs", {"date": DAY.isoformat(), "name": "Apple", "energy_kcal": 80})
        assert (await device.wake()).finished
        assert meter.requests <= 2
        assert meter.bytes <= 20_000
    print(f"\nusual day   {meter.requests} requests in 2 wakes, {meter.bytes / 1000:.1f} kB with "
          "headers, as compressed")  # fmt: skip


class Meter:
    """Requests and bytes that passed, both ways."""

    def __init__(self) -> None:
        self.url = ""
        self.clear()

    def clear(self) -> None:
        """Begin to count anew."""
        self.requests = self.bytes = 0


@asynccontextmanager
async def metered(server: Server) -> AsyncIterator[Meter]:
    """A proxy that counts what passes between a device and the server."""
    meter, target = Meter(), urlsplit(server.base_url)

    async def copy(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, verbs: tuple[bytes, ...] = ()
    ) -> None:
        while data := await reader.read(65_536):
            meter.bytes += len(data)
            meter.requests += data.startswith(verbs) if verbs else 0
            writer.write(data)
            await writer.drain()
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far = await asyncio.open_connection(target.hostname, target.port)
        await asyncio.gather(
            copy(reader, far[1], (b"GET ", b"POST ")), copy(far[0], writer), return_exceptions=True
        )

    proxy = await asyncio.start_server(connect, "127.0.0.1")
    port = proxy.sockets[0].getsockname()[1]
    meter.url = f"http://127.0.0.1:{port}"
    try:
        yield meter
    finally:
        proxy.close()
