"""A household with a phone and a tablet, and troubles of others that must not mislead."""

import json
import random
import uuid
from typing import Any

from sync_server.store.postgres import Pool
from tests.support.client import Client, Response
from tests.support.sample_records import new_id

Json = dict[str, Any]
START_US = 1_790_000_000_000_000
SECRET = "my knee hurts since the divorce"


class Household:
    """Two devices of one user, each with a session of its own; `source` makes the noise."""

    def __init__(self, base_url: str, pool: Pool, source: random.Random) -> None:
        self.phone, self.tablet = Client(base_url), Client(base_url)
        self.phone_id, self.tablet_id = new_id(), new_id()
        self.pool = pool
        self.source = source
        self._clock = START_US

    @property
    def user_id(self) -> str:
        return self.phone.user_id

    @property
    def phone_session(self) -> str:
        return str(self.phone.claims["sid"])

    async def begin(self) -> None:
        """Sign both devices in, and let things happen that have nothing to do with the question."""
        await self.phone.register()
        self.tablet.email, self.tablet.password = self.phone.email, self.phone.password
        await self.tablet.login()
        for _ in range(self.source.randrange(3)):
            await self.noise()
        await self.pull("phone")

    async def noise(self) -> None:
        """One thing that happens on the tablet, or that the phone has got over."""
        match self.source.randrange(6):
            case 0:
                await self.push("tablet", self.food(calories="many"))  # rejected
            case 1:
                change = self.food()
                await self.push("tablet", change, {**change, "op": "delete", "clock": self.tick()})
            case 2:
                await self.pull("tablet", report={"waiting": 2, "oldest_age_s": 60})
            case 3:
                await self.pull("tablet", report={"clock_offset_us": 7_200_000_000})
            case 4:
                await self.push("phone", {"clock": 1_700_000_000})  # rejected as a whole
                await self.push("phone", self.food())
            case _:
                await self.pull("phone", report={"last_error": "offline", "waiting": 0})

    def tick(self) -> int:
        """A clock greater than every one before."""
        self._clock += 1_000_000
        return self._clock

    def food(self, **data: object) -> Json:
        """A put of a new food with a text that nobody else may read."""
        values = {"name": SECRET, "energy_kcal": 1, "protein_g": 1, "carbs_g": 1, "fat_g": 1}
        return self.put("foods", values | data)

    def put(self, collection: str, data: Json, id: str = "") -> Json:
        return {"collection": collection, "id": id or new_id(), "op": "put", "clock": self.tick(),
                "data": data}  # fmt: skip

    def again(self, change: Json, **data: object) -> Json:
        """A later put of the same record."""
        return {**change, "clock": self.tick(), "data": change["data"] | data}

    async def push(self, device: str, *changes: Json, report: Json | None = None) -> Response:
        client, id = self._device(device)
        headers = {"Idempotency_Key": str(uuid.uuid4())} | self._report(device, report)
        body = {"device_id": id, "changes": [self._whole(change) for change in changes]}
        return await client.send("POST", "/sync/push", body, **headers)

    async def pull(
        self, device: str, cursor: str = "", report: Json | None = None, **query: str
    ) -> Response:
        client, id = self._device(device)
        parameters = {"device_id": id, "limit": "500", "day_views": "none"} | query
        text = "&".join(f"{name}={value}" for name, value in parameters.items())
        path = f"/sync/pull?{text}" + (f"&cursor={cursor}" if cursor else "")
        return await client.send("GET", path, **self._report(device, report))

    async def execute(self, statement: str, *arguments: object) -> None:
        """A statement on the database that does what time or an operator does."""
        await self.pool.execute(statement, self.user_id, *arguments)

    def _whole(self, change: Json) -> Json:
        return change if "id" in change else self.food() | change

    def _device(self, name: str) -> tuple[Client, str]:
        return (self.phone, self.phone_id) if name == "phone" else (self.tablet, self.tablet_id)

    def _report(self, device: str, report: Json | None) -> dict[str, str]:
        if report is None and self.source.random() < 0.5:
            return {}  # an app that reports nothing
        text = {"name": f"Ann's {device}", "device_id": self._device(device)[1]} | (report or {})
        return {"Device_Report": json.dumps(text)}
