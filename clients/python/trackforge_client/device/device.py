"""Device: local store with push, pull and background sync."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Self

from trackforge_client.device import limits, stream
from trackforge_client.device.background import Background
from trackforge_client.device.backoff import Sleep
from trackforge_client.device.check import Check, compare, repair_collection
from trackforge_client.device.contracts import SCHEMA_VERSION
from trackforge_client.device.errors import ClientError, UpgradeRequired
from trackforge_client.device.ids import new_id
from trackforge_client.device.json_types import Json
from trackforge_client.device.last_error import LastError
from trackforge_client.device.offers import Offers
from trackforge_client.device.pull import Pull
from trackforge_client.device.push import Push
from trackforge_client.device.push_result import PushResultWriter
from trackforge_client.device.remote_api import RemoteApi
from trackforge_client.device.report import Report
from trackforge_client.device.status import Status
from trackforge_client.device.transport import AiohttpTransport, HttpTransport
from trackforge_client.device.wake import Wake, WakeResult
from trackforge_client.replay.recorder import Recorder
from trackforge_client.replay.recording_transport import ExchangeSink, RecordingTransport


def wall_clock_us() -> int:
    """Time of this machine's clock, in microseconds since the Unix epoch."""
    return time.time_ns() // 1000


class Device(RemoteApi):
    """Offline-first device: local reads and writes, sync by pushes and pulls; use `async with`.

    `path` is an SQLite file of one user on one device, or ":memory:". `record` is a file to which
    every exchange is recorded, without secrets. `name` and `app_version` are shown to the user in
    `devices()`. `validate=False` stores writes that the contract
    does not allow, for tests of the server. Tests replace `http`, `now_us`, `source` (of
    random numbers) and `sleep`.
    """

    def __init__(
        self,
        path: str | Path,
        base_url: str,
        *,
        name: str = "",
        app_version: str = "",
        record: str | Path | ExchangeSink | None = None,
        http: HttpTransport | None = None,
        now_us: Callable[[], int] = wall_clock_us,
        source: random.Random | None = None,
        sleep: Sleep = asyncio.sleep,
        push_changes: int = limits.PUSH_CHANGES,
        push_bytes: int = limits.PUSH_BYTES,
        pull_limit: int = 500,
        touched_days: str = "touched",
        interval_s: float = 60.0,
        schema_version: int = SCHEMA_VERSION,
        validate: bool = True,
    ) -> None:
        source = source or random.SystemRandom()
        self._recorder = Recorder(record) if isinstance(record, str | Path) else None
        self._http = http or AiohttpTransport(base_url)
        sink = self._recorder or record
        if sink is not None and not isinstance(sink, str | Path):
            self._http = RecordingTransport(self._http, sink, name)
        super().__init__(
            path,
            self._http,
            name=name,
            now_us=now_us,
            source=source,
            sleep=sleep,
            schema_version=schema_version,
            validate=validate,
        )
        self._limits = limits.PushLimits(
            self.session, self._store, self._clock, push_changes, push_bytes
        )
        self._report = Report(
            self._store, self._outbox, self._clock, device_id=self.id, name=name,
            app_version=app_version, schema_version=schema_version,
        )  # fmt: skip
        self._offers = self._create_offers(source, schema_version)
        self._pull = self._create_pull(pull_limit, touched_days, schema_version)
        self._push = self._create_push()
        self._last_error = LastError(self._store, self._clock)
        self._listeners: list[Callable[[], None]] = []
        self._background = Background(
            self.push,
            self._pull_unless_too_old,
            self._version_events,
            source=source,
            sleep=sleep,
            interval_s=interval_s,
            report=self._last_error.next_try,
        )
        self._store.set(upgrade=None)  # This app version may be newer.

    def _create_offers(self, source: random.Random, schema_version: int) -> Offers:
        return Offers(
            self.session, self._store, self._records, self._limits.for_push,
            lambda: new_id(self._clock.now(), source),
            device_id=self.id, schema_version=schema_version,
        )  # fmt: skip

    def _create_pull(self, limit: int, day_views: str, schema_version: int) -> Pull:
        return Pull(
            self.session, self._store, self._records, self._clock, self._offers,
            device_id=self.id, limit=limit, day_views=day_views, schema_version=schema_version,
            report=self._report.header,
        )  # fmt: skip

    def _create_push(self) -> Push:
        results = PushResultWriter(
            self._store, self._records, self._outbox, self._rejected_writes, self._id_rekeying,
            self._clock, self._offers, self.id,
        )  # fmt: skip
        return Push(
            self.session, self._outbox, results, self._clock, self._limits.for_push,
            self._pull.pull_all, self._pull.pull_from_start, self._report.header,
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self._http.close()
        if self._recorder is not None:
            self._recorder.close()
        self.close()

    async def push(self) -> Counter[str]:
        """Counts by status; sends all unsent writes.

        Raises Offline, Unavailable, SignedOut, AccountDeleted, UpgradeRequired or
        RequestRejected; writes without a result stay in the outbox and are sent again.
        """
        async with self._last_error.record("push"), self._changes.notification():
            statuses = await self._push.push_all()
        if statuses:
            self._notify()
        return statuses

    async def pull(self) -> int:
        """Number of changes; pulls and stores all new ones. Raises as `push`."""
        async with self._last_error.record("pull"), self._changes.notification():
            count = await self._pull.pull_all()
            await self._limits.refresh()
        if count:
            self._notify()
        return count

    async def sync(self) -> None:
        """Pushes all, then pulls all; also pulls after a failed push, then raises its error."""
        failure: ClientError | None = None
        try:
            await self.push()
        except ClientError as error:
            failure = error
        await self.pull()
        if failure is not None:
            raise failure

    async def wake(self, budget_s: float = 25.0, budget_bytes: int = 1 << 20) -> WakeResult:
        """Syncs within the seconds that a phone's system grants an app in the background.

        Usually one request. A device that is killed loses nothing: the next wake goes on.
        """
        wake = Wake(self.session, self._store, self._push, self._pull)
        async with self._last_error.record("push"), self._changes.notification():
            result = await wake.run(budget_s, budget_bytes)
        self._notify()
        return result

    def on_change(self, listener: Callable[[], None]) -> None:
        """Registers a function that is called after sync changed local records."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Syncs until cancelled: on local writes, on server events, and at intervals."""
        await self._background.run()

    def start(self) -> None:
        """Starts `run` as a task of the current event loop."""
        self._background.start()

    async def stop(self) -> None:
        """Stops the task of `start`."""
        await self._background.stop()

    def status(self) -> Status:
        """Sync status; `str()` of it is text for the user."""
        return self._last_error.status(self._outbox, self.rejected())

    async def check(self, *, repair: bool = False) -> Check:
        """Comparison with the server's digests; `repair` pulls differing collections again."""
        result = await compare(self.session, self._store)
        if repair and result.differing:
            await self.pull()  # It notices a restored server, to which it offers what is newer.
            for collection in result.differing:
                await repair_collection(self.session, self._store, self._records, collection)
            self._changes.notify()
            result = await compare(self.session, self._store)
        return result

    async def _sign_in(self, path: str, body: dict[str, Json], email: str) -> None:
        await super()._sign_in(path, body, email)
        self._changes.notify()
        self._background.signed_in()

    async def _server_changed(self) -> None:
        await self.pull()

    async def _pull_unless_too_old(self) -> None:
        if self._store.get("upgrade"):
            raise UpgradeRequired("This app is too old to pull.")
        await self.pull()

    def _notify(self) -> None:
        for listener in self._listeners:
            listener()

    def _version_events(self) -> AsyncGenerator[int, None]:
        return stream.version_events(self.session)

    def _written(self) -> None:
        super()._written()
        self._background.written()
