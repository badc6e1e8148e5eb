"""A device: an offline notebook that meets the server whenever there is a network."""

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
from trackforge_client.device.check import Check, compare, repair
from trackforge_client.device.contracts import SCHEMA_VERSION
from trackforge_client.device.errors import ClientError, UpgradeRequired
from trackforge_client.device.last_error import Troubles
from trackforge_client.device.pull import Pull
from trackforge_client.device.push import Push
from trackforge_client.device.push_result import Settlement
from trackforge_client.device.remote_api import Online
from trackforge_client.device.status import Status
from trackforge_client.device.transport import AiohttpHttp, Http
from trackforge_client.replay.recorder import Recorder
from trackforge_client.replay.recording_transport import Tape, Taped


def wall_clock_us() -> int:
    """Microseconds since the Unix epoch by this machine's clock."""
    return time.time_ns() // 1000


class Device(Online):
    """Local reads and writes at once, sync in pushes and pulls; use it as `async with`.

    `path` is an SQLite file of one user on one device, or ":memory:". `record` names a file
    that every exchange is written to, without secrets. `http`, `now_us`, `source` (of random
    numbers) and `sleep` can be replaced, so that a test may lose answers and lie about time.
    """

    def __init__(
        self,
        path: str | Path,
        base_url: str,
        *,
        name: str = "",
        record: str | Path | Tape | None = None,
        http: Http | None = None,
        now_us: Callable[[], int] = wall_clock_us,
        source: random.Random | None = None,
        sleep: Sleep = asyncio.sleep,
        push_changes: int = limits.PUSH_CHANGES,
        push_bytes: int = limits.PUSH_BYTES,
        pull_limit: int = 500,
        touched_days: str = "touched",
        interval_s: float = 60.0,
        schema_version: int = SCHEMA_VERSION,
    ) -> None:
        source = source or random.SystemRandom()
        self._http = http or AiohttpHttp(base_url)
        self._recorder = Recorder(record) if isinstance(record, str | Path) else None
        tape = self._recorder or record
        if tape is not None and not isinstance(tape, str | Path):
            self._http = Taped(self._http, tape, name)
        super().__init__(
            path,
            self._http,
            name=name,
            now_us=now_us,
            source=source,
            sleep=sleep,
            schema_version=schema_version,
        )
        store, records, clock = self._store, self._records, self._clock
        self._limits = limits.Limits(self.session, store, clock, push_changes, push_bytes)
        self._pull = Pull(
            self.session,
            store,
            records,
            clock,
            device_id=self.id,
            limit=pull_limit,
            day_views=touched_days,
            schema_version=schema_version,
        )
        self._push = Push(
            self.session,
            self._outbox,
            Settlement(store, records, self._outbox, self._set_aside, self._naming, clock, self.id),
            clock,
            self.id,
            self._limits.of_a_push,
            self._pull.everything,
        )
        self._troubles = Troubles(store, clock)
        self._listeners: list[Callable[[], None]] = []
        self._background = Background(
            self.push,
            self._pull_unless_too_old,
            self._heads,
            source=source,
            sleep=sleep,
            interval_s=interval_s,
            report=self._troubles.next_try,
        )
        store.set(upgrade=None)  # Perhaps this app is the newer one.

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self._http.close()
        if self._recorder is not None:
            self._recorder.close()
        self.close()

    async def push(self) -> Counter[str]:
        """Send everything that waits; answers how many changes had which status.

        Raises Offline, Unavailable, SignedOut, AccountDeleted, UpgradeRequired or Refused; in
        all these cases what has no answer yet is kept and sent again.
        """
        async with self._troubles.watch("push"):
            statuses = await self._push.all()
        if statuses:
            self._tell()
        return statuses

    async def pull(self) -> int:
        """Take everything that is new; answers how many changes came. Raises as `push` does."""
        async with self._troubles.watch("pull"):
            taken = await self._pull.all()
            await self._limits.learn()
        if taken:
            self._tell()
        return taken

    async def sync(self) -> None:
        """Push all, then pull all; a push that fails does not keep the pull from being tried."""
        failed: ClientError | None = None
        try:
            await self.push()
        except ClientError as error:
            failed = error
        await self.pull()
        if failed is not None:
            raise failed

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have this called whenever sync may have changed what is to be seen."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Sync until cancelled: on every local write, on every poke, and now and then."""
        await self._background.run()

    def start(self) -> None:
        """`run` as a task of the present loop, until `stop`."""
        self._background.start()

    async def stop(self) -> None:
        """End what `start` began."""
        await self._background.stop()

    def status(self) -> Status:
        """Where this device stands; `str()` of it is for the user."""
        return self._troubles.status(self._outbox, self.rejected())

    async def check(self, *, mend: bool = False) -> Check:
        """Compare with the server's digests; with `mend`, pull anew what differs and compare."""
        found = await compare(self.session, self._store)
        if mend and found.differing:
            for collection in found.differing:
                await repair(self.session, self._store, self._records, collection)
            found = await compare(self.session, self._store)
        return found

    async def _enter(self, path: str, email: str, password: str) -> None:
        await super()._enter(path, email, password)
        self._background.signed_in()

    async def _news(self) -> None:
        await self.pull()

    async def _pull_unless_too_old(self) -> None:
        if self._store.get("upgrade"):
            raise UpgradeRequired("This app is too old to pull.")
        await self.pull()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def _heads(self) -> AsyncGenerator[int, None]:
        return stream.heads(self.session)

    def _written(self) -> None:
        self._background.written()
