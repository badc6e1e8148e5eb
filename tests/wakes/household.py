"""A user whose devices write, pull and are woken up, on a clock that a test moves."""

import datetime
from dataclasses import dataclass
from typing import Any

from sync_server.store.postgres import Pool
from sync_server.sync.wakes.waker import Waker
from tests.support.client import Client
from tests.support.push_service import WebPushService
from tests.support.sample_records import new_id, whole

START = datetime.datetime(2026, 11, 30, 12, 0, tzinfo=datetime.UTC)


@dataclass
class Household:
    """A user with a server, its waker, a push service and the clock of both."""

    user: Client
    waker: Waker
    service: WebPushService
    now: datetime.datetime = START

    def pass_time(self, seconds: float) -> None:
        """Move the clock."""
        self.now += datetime.timedelta(seconds=seconds)

    async def write(self, device_id: str, count: int = 1) -> int:
        """Head after a push of new records by a device."""
        changes = [
            {"op": "put", "collection": "foods", "id": new_id(), "clock": 1_700_000_000_000_000,
             "data": whole("foods")}
            for _ in range(count)
        ]  # fmt: skip
        pushed = await self.user.push({"device_id": device_id, "changes": changes})
        assert pushed.status == 200, pushed.body
        return int(pushed.json["results"][-1]["version"])

    async def pull(self, device_id: str, cursor: str = "") -> str:
        """Cursor after all pages of a pull."""
        while True:
            path = f"/sync/pull?device_id={device_id}" + (f"&cursor={cursor}" if cursor else "")
            page = (await self.user.send("GET", path)).json
            cursor = page["cursor"]
            if not page["has_more"]:
                return cursor

    async def set_key(self, device_id: str, name: str, kind: str = "webpush") -> None:
        """Set a push key of a new subscription."""
        body = self.service.subscribe(name, kind)
        answer = await self.user.send("PUT", f"/sync/devices/{device_id}/push", body)
        assert answer.status == 200, answer.body

    async def push_state(self, device_id: str) -> dict[str, Any]:
        """State of a device's push key, as listed."""
        devices = (await self.user.send("GET", "/sync/devices")).json["devices"]
        state: dict[str, Any] = next(it["push"] for it in devices if it["device_id"] == device_id)
        return state

    async def stored_key(self, pool: Pool) -> tuple[str, str | None] | None:
        """Device and address of the user's only key, None without one."""
        query = "SELECT device_id, address FROM wake_keys WHERE user_id = $1"
        row = await pool.fetchrow(query, self.user.user_id)
        return None if row is None else (row["device_id"], row["address"])

    async def wake(self) -> list[str]:
        """Names of the subscriptions that got a message of the noted users and of those due."""
        before = len(self.service.messages)
        await self.waker.wake_noted()
        await self.waker.settle()
        await self.waker.wake_due()
        await self.waker.settle()
        return [name for name, _ in self.service.messages[before:]]
