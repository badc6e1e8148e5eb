"""Rejected writes: set aside with their reasons, so that they block nothing."""

import json
from dataclasses import dataclass

from trackforge_client.device.changes import Change
from trackforge_client.device.json_types import Fields, Json
from trackforge_client.device.outbox import Outbox
from trackforge_client.device.records import Records
from trackforge_client.device.server_record import dump
from trackforge_client.device.store import Store


@dataclass(frozen=True, slots=True)
class Rejected:
    """Rejected write; `data` is the sent data, `seen` the local record before the rejection.

    `error` is `{"code": …, "detail": …, "errors": {field: […]}}`, `at` microseconds since 1970.
    """

    number: int
    collection: str
    id: str
    op: str
    data: Fields
    seen: Fields | None
    error: dict[str, Json]
    at: int

    @property
    def reason(self) -> str:
        """Reason in one sentence."""
        return str(self.error.get("detail") or self.error.get("code") or "rejected")


class RejectedWrites:
    """Rejected writes of one device."""

    def __init__(self, store: Store, records: Records, outbox: Outbox) -> None:
        self._store = store
        self._records = records
        self._outbox = outbox

    def add(self, change: Change, error: Fields, at: int) -> None:
        """Moves a write out of the outbox; the record falls back to the server's state."""
        with self._store.transaction() as connection:
            seen = self._records.visible(change.collection, change.id)
            connection.execute(
                "INSERT INTO rejected (collection, record_id, op, data, seen, error, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    change.collection,
                    change.id,
                    change.op,
                    dump(change.data),
                    dump(seen.data) if seen else None,
                    dump(error),
                    at,
                ),
            )
            self._outbox.remove([change])
            self._records.recompute(change.collection, change.id)

    def all(self) -> list[Rejected]:
        """Rejected writes, oldest first."""
        rows = self._store.connection.execute(
            "SELECT id, collection, record_id, op, data, seen, error, at FROM rejected ORDER BY id"
        )
        return [
            Rejected(
                number,
                collection,
                id,
                op,
                json.loads(data),
                json.loads(seen) if seen else None,
                json.loads(error),
                at,
            )
            for number, collection, id, op, data, seen, error, at in rows
        ]

    def remove(self, number: int) -> None:
        """Deletes one rejected write."""
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM rejected WHERE id = ?", (number,))
