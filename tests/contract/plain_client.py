"""A plain client, written from docs/protocol.md alone: an outbox, a cursor and a dictionary.

It derives no ids, completes no groups and does not learn the server's time: what the server must
cope with.
"""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

Json = dict[str, Any]
Key = tuple[str, str]


class LostResponse(Exception):
    """The request was sent, its response did not arrive."""


class PlainClient:
    """A device of a user, with the records that it knows by collection and id.

    `clock` is its wall clock in microseconds; `losses` is how many responses are still lost.
    """

    def __init__(
        self,
        base_url: str,
        access_token: str,
        clock: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self.api, self.token, self.clock = f"{base_url}/api/v1", access_token, clock
        self.device_id = str(uuid.uuid4())
        self.records: dict[Key, Json] = {}
        self.aliases: dict[Key, str] = {}
        self.outbox: list[Json] = []
        self.sending: tuple[str, bytes] | None = None
        self.cursor = ""
        self.last_clock = 0
        self.losses = 0

    def put(self, collection: str, data: Json, id: str | None = None) -> str:
        """Write a whole record."""
        return self._write("put", collection, id or str(uuid.uuid4()), data)

    def patch(self, collection: str, id: str, data: Json) -> None:
        """Write some fields of a record."""
        self._write("patch", collection, id, data)

    def delete(self, collection: str, id: str) -> None:
        """Delete a record."""
        self._write("delete", collection, id, None)

    def get(self, collection: str, id: str) -> Json | None:
        """The data of a record, by any id that it was written under."""
        record = self.records.get(self._key(collection, id))
        return None if record is None or record["deleted"] else record["data"]

    def live(self, collection: str) -> list[Json]:
        """The data of all records of a collection."""
        return [
            record["data"]
            for (name, _), record in self.records.items()
            if name == collection and not record["deleted"]
        ]

    def sync(self) -> list[Json]:
        """Push what is unsent, then pull; the results of the push."""
        results: list[Json] = []
        while self.sending or self.outbox:
            results += self._push()
        while self._pull():
            pass
        return results

    def _write(self, op: str, collection: str, id: str, data: Json | None) -> str:
        self.last_clock = max(self.clock(), self.last_clock + 1)
        change: Json = {"collection": collection, "id": id, "op": op, "clock": self.last_clock}
        if data is not None:
            change["data"] = data
        self.outbox.append(change)
        return id

    def _key(self, collection: str, id: str) -> Key:
        return collection, self.aliases.get((collection, id), id)

    def _push(self) -> list[Json]:
        """Send the same bytes under the same key until their response has arrived."""
        if self.sending is None:
            body = {"device_id": self.device_id, "changes": self.outbox}
            self.sending = str(uuid.uuid4()), json.dumps(body).encode()
            self.outbox = []
        key, sent = self.sending
        response = self._request(
            "/sync/push", sent, {"Idempotency-Key": key, "Sent-At": str(self.clock())}
        )
        self.sending = None
        results: list[Json] = response["results"]
        for result in results:
            if "canonical_id" in result:
                name = result["collection"]
                self.aliases[name, result["id"]] = result["canonical_id"]
            if result.get("record"):
                self._store(result["record"])
        return results

    def _pull(self) -> bool:
        query = {"device_id": self.device_id} | ({"cursor": self.cursor} if self.cursor else {})
        page = self._request(f"/sync/pull?{urlencode(query)}")
        for record in page["changes"]:
            self._store(record)
        self.cursor = page["cursor"]
        more: bool = page["has_more"]
        return more

    def _store(self, record: Json) -> None:
        key = record["collection"], record["id"]
        if not record["deleted"]:
            self.aliases.pop(key, None)
        self.records[key] = record
        self.last_clock = max(self.last_clock, record["clock"])

    def _request(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Json:
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        with urlopen(Request(self.api + path, body, sent | (headers or {}))) as response:
            answer: Json = json.load(response)
        if self.losses:
            self.losses -= 1
            raise LostResponse
        return answer
