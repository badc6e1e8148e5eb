"""A bare device, written from docs/protocol.md alone: an outbox, a cursor, a dictionary.

It uses more of the protocol than an ordinary client: both push routes, atomic pushes, guards,
filters, small pages, REST writes, ids of its own for records with a natural key.
"""

import asyncio
import json
import random
import time
import uuid
from typing import Any
from urllib.parse import urlencode

from tests.torture.people import Person, Records, Unreachable, log_in, request
from tests.torture.wire import Json

Key = tuple[str, str]
PAGES = [5, 60, 500, 5000], [1, 2, 4, 3]
BATCHES = [1, 7, 100, 500], [1, 1, 3, 3]
"""Sizes, with their weights."""


class BareDevice:
    """A device of a user, with all that it has pulled, tombstones included."""

    def __init__(self, name: str, base_url: str, person: Person, chance: random.Random) -> None:
        self.name, self.base_url, self.person, self.chance = name, base_url, person, chance
        self.device_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        self.offset_us = 0
        self.token = ""
        self.pulled: dict[Key, Json] = {}
        self.aliases: dict[Key, str] = {}
        self.outbox: list[Json] = []
        self.sending: tuple[str, str, bytes, list[Json]] | None = None
        self.cursor = ""
        self.unpulled: list[Json] = []
        self.lost_after: int | None = None
        self.resyncing = False
        self.shown: set[Key] = set()
        self.whole: set[str] | None = set()
        self.last_clock = 0

    def _now(self) -> int:
        return time.time_ns() // 1000 + self.offset_us

    async def put(self, collection: str, data: Json, id: str | None = None) -> str:
        """Write a whole record."""
        id = id or str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        self._write({"collection": collection, "id": id, "op": "put", "data": data})
        return id

    async def patch(self, collection: str, id: str, data: Json) -> None:
        """Write some fields of a record."""
        self._write({"collection": collection, "id": id, "op": "patch", "data": data})

    async def delete(self, collection: str, id: str) -> None:
        """Delete a record."""
        self._write({"collection": collection, "id": id, "op": "delete"})

    def _write(self, change: Json) -> None:
        self.last_clock = max(self._now(), self.last_clock + 1)
        self.outbox.append(change | {"clock": self.last_clock})

    async def sync(self) -> None:
        """Push and pull once; raises Unreachable."""
        if not self.token:
            self.token = (await log_in(self.base_url, self.person))["access_token"]
        while self.sending or self.outbox:
            await self._push()
        while await self._pull():
            pass

    async def pending(self) -> int:
        """Number of changes without an answer."""
        return len(self.outbox) + (len(self.sending[3]) if self.sending else 0)

    async def records(self) -> Records:
        """Live records."""
        return {key: it["data"] for key, it in self.pulled.items() if not it["deleted"]}

    async def restart(self) -> None:
        """Nothing is lost: what it holds is its file."""
        await asyncio.sleep(0)

    async def close(self) -> None:
        """End it."""
        await asyncio.sleep(0)

    async def rest_write(self, collection: str, data: Json) -> None:
        """Create a record by a REST route, repeated under its key until it is answered."""
        self._prepare_rest("POST", f"/{collection.replace('_', '-')}", data)
        await self.sync()

    def _prepare_rest(self, method: str, path: str, data: Json) -> None:
        if self.sending is None:
            body = json.dumps(data).encode()
            self.sending = (f"{method} {path}", str(uuid.uuid4()), body, [])

    def _prepare_push(self) -> None:
        """Fix the bytes and the key of the next push; both stay until it is answered."""
        size = self.chance.choices(*BATCHES)[0]
        if self._is_offering():
            size = min(size, sum(it["op"] == "offer" for it in self.outbox))
        changes, self.outbox = self.outbox[:size], self.outbox[size:]
        body: Json = {"device_id": self.device_id, "changes": changes}
        path = "POST /sync/push"
        match self.chance.randrange(8):
            case 0:
                body["atomic"] = True
                if self.chance.random() < 0.5:
                    body["changes"] = [*changes, self._impossible()]
            case 1 if self.cursor:
                body["base_cursor"] = self.cursor
            case 2 | 3:
                path = "POST /sync"
        self.sending = path, str(uuid.uuid4()), json.dumps(body).encode(), changes

    def _impossible(self) -> Json:
        """A change that every server must reject."""
        self.last_clock += 1
        id = str(uuid.uuid4())
        return {
            "collection": "foods", "id": id, "op": "conjure", "clock": self.last_clock, "data": {}
        }  # fmt: skip

    async def _push(self) -> None:
        if self.sending is None:
            self._prepare_push()
        assert self.sending is not None
        place, key, body, changes = self.sending
        method, path = place.split()
        if path == "/sync":
            pull = {"cursor": self.cursor or None, "limit": 50, "device_id": self.device_id}
            pull = {name: value for name, value in pull.items() if value}
            body = b'{"push":' + body + b',"pull":' + json.dumps(pull).encode() + b"}"
        answer = await self._send(
            method, path, body, Idempotency_Key=key, Sent_At=str(self._now()),
            Content_Type="application/json",
        )  # fmt: skip
        if answer is None:  # A pull from the beginning must come first.
            if b'"base_cursor"' in body:
                self._take_back(changes)
            while self.resyncing:
                await self._pull()
            return
        self.sending = None
        page, answer = (answer["pull"], answer["push"]) if path == "/sync" else (None, answer)
        if "results" in answer:
            self._take_results(answer["results"], changes)
        elif "version" in answer:
            self._store(_created(path, answer))
        # The page is of after the push: it may have newer states than the records of the results.
        self._store_page(page)

    def _take_back(self, changes: list[Json]) -> None:
        """Send changes with another push: the cursor in the bytes of this one will never do."""
        offers = [it for it in self.outbox if it["op"] == "offer"]
        self.outbox = [*offers, *changes, *self.outbox[len(offers) :]]
        self.sending = None

    def _take_results(self, results: list[Json], changes: list[Json]) -> None:
        codes = [it["error"]["code"] for it in results if it["status"] == "rejected"]
        if "batch_aborted" in codes:
            # Nothing was applied: the valid changes go into the outbox again, as they are.
            self.outbox = changes + self.outbox
        else:
            self.unpulled += [it for it in changes if it["op"] != "offer"]
        for result in results:
            if "canonical_id" in result:
                self.aliases[result["collection"], result["id"]] = result["canonical_id"]
            if (record := result.get("record")) and not self._has_newer(record):
                self._store(record)

    def _has_newer(self, record: Json) -> bool:
        """True if a page of this history has shown a newer state than the result of a repeat."""
        key = record["collection"], record["id"]
        return key in self.shown and self.pulled[key]["version"] > record["version"]

    def _is_offering(self) -> bool:
        return bool(self.outbox) and self.outbox[0]["op"] == "offer"

    def _offer(self, version: int) -> None:
        """Put what the restored server lacks before everything that is unsent.

        What was acknowledged and not pulled back yet is sent again, as it was.
        """
        if self.lost_after is not None:
            version = min(version, self.lost_after)
        self.lost_after = version
        lacking = [it for it in self.pulled.values() if it["version"] > version]
        unsent = [it for it in self.outbox if it["op"] != "offer"]
        self.outbox = [*(it | {"op": "offer"} for it in lacking), *self.unpulled, *unsent]
        self.unpulled = []

    async def _pull(self) -> bool:
        query: Json = {"device_id": self.device_id, "limit": self.chance.choices(*PAGES)[0]}
        if self.cursor:
            query["cursor"] = self.cursor
        if not self.resyncing and self.chance.random() < 0.2:
            query["collections"] = self.chance.choice(
                ["foods", "workout_sets,body_metrics", "food_logs,foods"]
            )
        if self.chance.random() < 0.5:
            query["day_views"] = "none"
        page = await self._send("GET", f"/sync/pull?{urlencode(query)}")
        if page is None:
            return not self._is_offering()
        self._store_page(page, query.get("collections", ""))
        if not page["has_more"] and "collections" not in query:
            self.unpulled, self.lost_after = [], None
        return bool(page["has_more"]) or "collections" in query

    def _store_page(self, page: Json | None, filter: str = "") -> None:
        if page is None:
            return
        for record in page["changes"]:
            self._store(record)
            self.shown.add((record["collection"], record["id"]))
        self.cursor = page["cursor"]
        if not page["has_more"]:
            self._drop_what_was_not_shown(filter.split(",") if filter else None)

    def _begin_again(self) -> None:
        """Pull from the beginning."""
        self.cursor, self.resyncing, self.shown, self.whole = "", True, set(), set()

    def _drop_what_was_not_shown(self, collections: list[str] | None) -> None:
        """End the first pull of these collections, or of all, which leaves out old tombstones.

        What only results have shown before, and no page shows, was deleted since.
        """
        if self.whole is None:
            return
        for key in self.pulled.keys() - self.shown:
            if key[0] not in self.whole and (collections is None or key[0] in collections):
                del self.pulled[key]
        if collections is None:
            self.resyncing, self.whole = False, None
        else:
            self.whole.update(collections)

    def _store(self, record: Json) -> None:
        key = record["collection"], record["id"]
        if not record["deleted"]:
            self.aliases.pop(key, None)
        self.pulled[key] = record
        self.last_clock = max(self.last_clock, record["clock"])

    async def _send(self, method: str, path: str, body: Any = None, **headers: str) -> Json | None:
        """The answer's JSON; None when a pull from the beginning must come first."""
        status, fields, text = await request(self.base_url, method, path, body, self.token, headers)
        if status == 401:
            self.token = ""
            raise Unreachable("the session has ended")
        if status in (429, 503):
            await asyncio.sleep(min(float(fields.get("Retry-After", 1)), 0.2))
            raise Unreachable(f"{status}")
        if status in (409, 410):
            problem = json.loads(text)
            if problem.get("reason") == "restored":
                self._offer(problem["restored_version"])
            if not self.resyncing or status == 410:
                self._begin_again()
            return None
        if status >= 400:
            if status < 500:
                self.sending = None  # The oracle sees that it was refused.
            raise Unreachable(f"{status} {text[:300]!r}")
        answer: Json = json.loads(text)
        return answer


def _created(path: str, answer: Json) -> Json:
    """The record that a REST route has made, in the form of a pulled change."""
    own = ("id", "version", "clock", "device_id")
    data = {name: value for name, value in answer.items() if name not in own}
    collection = path.strip("/").replace("-", "_")
    return {
        **{name: answer[name] for name in own},
        "collection": collection,
        "deleted": False,
        "data": data,
    }
