"""Final records of a replayed user, with a digest that two replays can compare."""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from trackforge_client.device.contracts import CONTRACTS
from trackforge_client.device.digest import state_digest
from trackforge_client.device.ids import natural_id
from trackforge_client.device.json_types import Fields
from trackforge_client.device.server_record import ServerRecord
from trackforge_client.device.store import Store
from trackforge_client.device.transport import Response
from trackforge_client.device.wire import parse_pull

Fetch = Callable[[str], Awaitable[Response]]
"""Fetches a path below `/api/v1`; raises for anything but a success."""


@dataclass(frozen=True, slots=True)
class FinalState:
    """Credentials of a replayed user, number of live records, and their digest."""

    email: str
    password: str
    user_id: str
    records: int
    digest: str

    def __str__(self) -> str:
        return (
            f"user        {self.email}, password {self.password}\n"
            f"state       {self.records} records, digest {self.digest}"
        )


def portable_digest(user_id: str, records: Iterable[ServerRecord]) -> str:
    """SHA-256 (64 hex digits) over collection, name, version and data of the live records.

    The name of a record is its id, or the natural key that its id is derived from. So the digest
    depends neither on the user's id nor on clocks. Tombstones are left out.
    """
    live = [record for record in records if not record.deleted]
    return state_digest(
        (each.collection, _name(user_id, each), {"version": each.version, "data": dict(each.data)})
        for each in live
    )


def _name(user_id: str, record: ServerRecord) -> str:
    contract = CONTRACTS.get(record.collection)
    if contract is None or contract.natural_key is None:
        return record.id
    if natural_id(record.collection, contract, user_id, record.data) != record.id:
        return record.id
    return "\n".join(["derived", *(str(record.data[part]) for part in contract.natural_key)])


async def pulled_state(fetch: Fetch, limit: int = 2000) -> list[ServerRecord]:
    """Live records of a user, pulled from the beginning."""
    records: list[ServerRecord] = []
    cursor, more = "", True
    while more:
        query = urlencode({"limit": limit, "day_views": "none", "cursor": cursor})
        page = parse_pull((await fetch(f"/sync/pull?{query}")).body)
        records += page.changes
        cursor, more = page.cursor, page.has_more
    latest = {(record.collection, record.id): record for record in records}
    return [record for record in latest.values() if not record.deleted]


def stored_state(path: str | Path) -> tuple[str, list[ServerRecord]]:
    """(user id, live records of the server state) of a device's file."""
    store = Store(path)
    try:
        rows = store.connection.execute(
            "SELECT collection, id, version, clock, device_id, base FROM records"
            " WHERE base IS NOT NULL AND NOT base_deleted"
        )
        records = [_record(*row) for row in rows]
        return store.get("user_id") or "", records
    finally:
        store.close()


def _record(
    collection: str, id: str, version: int, clock: int, device_id: str | None, data: str
) -> ServerRecord:
    fields: Fields = json.loads(data)
    return ServerRecord(collection, id, version, clock, device_id, False, fields)
