"""Client of the progress routes; every response is checked against the OpenAPI document."""

import datetime
import itertools
import uuid
from typing import Any
from urllib.parse import urlencode

from schema.ids import derived_id
from tests.infrastructure.server import Server
from tests.support.client import Client
from tests.support.documented import response_validators

Change = dict[str, Any]
_clocks = itertools.count(1_790_000_000_000_000)


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
    names = {name: record[name] for name in ("collection", "id")}
    return names | {"op": "delete", "clock": next(_clocks)}


def days(first: str, count: int) -> list[str]:
    """Consecutive days, as text."""
    begins = datetime.date.fromisoformat(first)
    return [(begins + datetime.timedelta(days=n)).isoformat() for n in range(count)]


class ProgressClient(Client):
    """A user with one device."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.base_url)
        self.device_id = str(uuid.uuid4())

    async def apply(self, *changes: Change) -> None:
        """Push the changes; all must be applied."""
        for start in range(0, len(changes), 1000):
            body = {"device_id": self.device_id, "changes": changes[start : start + 1000]}
            response = await self.push(body)
            assert response.status == 200, response
            statuses = {result["status"] for result in response.json["results"]}
            assert statuses == {"applied"}, response

    def measure(self, date: str, **values: float) -> Change:
        """The measurements of a day, under the id that the day derives."""
        id = derived_id("body_metrics", self.user_id, (date,))
        return put("body_metrics", id, date=date, **values)

    async def progress(self, path: str, **query: object) -> Any:
        """JSON of a 200 response, which matches the OpenAPI document."""
        status, answer = await self.call("GET", f"/progress/{path}?{urlencode(query)}")
        assert status == 200, answer
        for validator in response_validators("GET", f"/progress/{path}", status):
            validator.validate(answer)
        return answer
