"""Somebody who keeps a log, and asks how it goes: every answer is checked against the document."""

import datetime
import itertools
import uuid
from typing import Any
from urllib.parse import urlencode

from jsonschema_rs import validator_for

from schema.ids import derived_id
from tests.api.person import Json, Person
from tests.infrastructure.server import Server

Change = dict[str, Any]
_clocks = itertools.count(1)


def put(collection: str, id: str = "", /, **data: Any) -> Change:
    """A change that writes a record, under a new id unless one is given."""
    return {
        "collection": collection,
        "id": id or str(uuid.uuid4()),
        "op": "put",
        "clock": next(_clocks),
        "data": data,
    }


def delete(record: Change) -> Change:
    """The change that deletes what another one wrote."""
    told = {name: record[name] for name in ("collection", "id")}
    return told | {"op": "delete", "clock": next(_clocks)}


def days(first: str, count: int) -> list[str]:
    """So many days on end."""
    begins = datetime.date.fromisoformat(first)
    return [(begins + datetime.timedelta(days=n)).isoformat() for n in range(count)]


class Keeper(Person):
    """Somebody who keeps a log on one device."""

    def __init__(self, server: Server, document: Json) -> None:
        super().__init__(server)
        self.document = document
        self.device_id = str(uuid.uuid4())

    async def push(self, *changes: Change) -> None:
        """Write; everything must be applied."""
        for start in range(0, len(changes), 1000):
            body = {"device_id": self.device_id, "changes": changes[start : start + 1000]}
            key = {"Idempotency-Key": str(uuid.uuid4())}
            status, answer = await self.call("POST", "/sync/push", body, **key)
            assert status == 200, answer
            assert {result["status"] for result in answer["results"]} == {"applied"}, answer

    def measure(self, date: str, **values: float) -> Change:
        """The measurements of a day, under the id that the day derives."""
        id = derived_id("body_metrics", self.user_id, (date,))
        return put("body_metrics", id, date=date, **values)

    async def ask(self, path: str, **query: object) -> Any:
        """A 200 answer that is what the document says."""
        status, answer = await self.call("GET", f"/progress/{path}?{urlencode(query)}")
        assert status == 200, answer
        operation = self.document["paths"][f"/api/v1/progress/{path}"]["get"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": self.document["components"]}
        validator_for(whole).validate(answer)
        return answer
