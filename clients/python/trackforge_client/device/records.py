"""The records on this device: the server's states, and what the user sees on top of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from trackforge_client.device.contracts import contract_of
from trackforge_client.device.json_types import Fields, Json
from trackforge_client.device.merge import State, overlay
from trackforge_client.device.store import Store


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """A record as the server sent it, in a pull or in the result of a push."""

    collection: str
    id: str
    version: int
    clock: int
    device_id: str | None
    deleted: bool
    data: Fields


def dump(value: object) -> str:
    """Compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Records:
    """Reads for the user; writes by the outbox, by pulls and by the results of pushes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def seen(self, collection: str, id: str) -> State | None:
        """The record as the user sees it, deleted ones included."""
        row = self._store.connection.execute(
            "SELECT data, deleted FROM records WHERE collection = ? AND id = ?", (collection, id)
        ).fetchone()
        return None if row is None else State(json.loads(row[0]), bool(row[1]))

    def all(self, collection: str, equals: Mapping[str, Json]) -> list[tuple[str, dict[str, Json]]]:
        """(id, data) of the live records whose fields have these values, in the order of ids."""
        wanted = "".join(" AND json_extract(data, ?) IS ?" for _ in equals)
        values = [part for name, value in equals.items() for part in (f'$."{name}"', value)]
        rows = self._store.connection.execute(
            "SELECT id, data FROM records"
            f" WHERE collection = ? AND deleted = 0{wanted} ORDER BY id",
            (collection, *values),
        )
        return [(id, json.loads(data)) for id, data in rows]

    def live(self) -> list[tuple[str, str, dict[str, Json]]]:
        """(collection, id, data) of every record that the user sees, in that order."""
        rows = self._store.connection.execute(
            "SELECT collection, id, data FROM records WHERE deleted = 0 ORDER BY collection, id"
        )
        return [(collection, id, json.loads(data)) for collection, id, data in rows]

    def show(self, collection: str, id: str, state: State) -> None:
        """Set what the user sees, without touching what the server has."""
        self._store.connection.execute(
            "INSERT INTO records (collection, id, data, deleted) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (collection, id)"
            " DO UPDATE SET data = excluded.data, deleted = excluded.deleted",
            (collection, id, dump(state.data), state.deleted),
        )

    def refresh(self, collection: str, id: str) -> None:
        """Work out anew what the user sees: the server's state, then the writes still to send."""
        connection = self._store.connection
        row = connection.execute(
            "SELECT base, base_deleted FROM records WHERE collection = ? AND id = ?",
            (collection, id),
        ).fetchone()
        state = None
        if row is not None and row[0] is not None:
            state = State(json.loads(row[0]), bool(row[1]))
        for op, data in connection.execute(
            "SELECT op, data FROM outbox WHERE collection = ? AND id = ? ORDER BY seq",
            (collection, id),
        ):
            state = overlay(contract_of(collection), state, op, json.loads(data))
        if state is None:
            connection.execute(
                "DELETE FROM records WHERE collection = ? AND id = ?", (collection, id)
            )
        else:
            self.show(collection, id, state)

    def take(self, record: ServerRecord) -> None:
        """Keep the server's state of a record, unless a newer one is here already."""
        if record.version < self._version(record.collection, record.id):
            self._store.connection.execute(
                "UPDATE records SET generation = ? WHERE collection = ? AND id = ?",
                (self._store.get_int("generation"), record.collection, record.id),
            )
            return
        self._set_base(record)
        self.refresh(record.collection, record.id)

    def confirm(self, change: ServerRecord, op: str) -> None:
        """Take over into the server's state a write of ours that it has accepted as it was.

        `change` carries the write's own data. A pull may have been faster: then nothing is left
        to do. `refresh` comes later, when the write has left the outbox.
        """
        if change.version < self._version(change.collection, change.id):
            return
        row = self._store.connection.execute(
            "SELECT base, base_deleted FROM records WHERE collection = ? AND id = ?",
            (change.collection, change.id),
        ).fetchone()
        before = None
        if row is not None and row[0] is not None:
            before = State(json.loads(row[0]), bool(row[1]))
        after = overlay(contract_of(change.collection), before, op, change.data)
        self._set_base(
            ServerRecord(
                change.collection,
                change.id,
                change.version,
                change.clock,
                change.device_id,
                after.deleted,
                after.data,
            )
        )

    def forget(self, collection: str, id: str) -> None:
        """Drop the server's state; what is still to send stays in sight."""
        self._store.connection.execute(
            "UPDATE records SET base = NULL, base_deleted = 0, version = 0"
            " WHERE collection = ? AND id = ?",
            (collection, id),
        )
        self.refresh(collection, id)

    def _version(self, collection: str, id: str) -> int:
        """The version of the server's state here, zero when there is none."""
        row = self._store.connection.execute(
            "SELECT version FROM records WHERE collection = ? AND id = ?", (collection, id)
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _set_base(self, record: ServerRecord) -> None:
        text = dump(record.data)
        self._store.connection.execute(
            "INSERT INTO records (collection, id, version, clock, device_id, generation,"
            " base, base_deleted, data, deleted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (collection, id) DO UPDATE SET version = excluded.version,"
            " clock = excluded.clock, device_id = excluded.device_id,"
            " generation = excluded.generation, base = excluded.base,"
            " base_deleted = excluded.base_deleted",
            (
                record.collection,
                record.id,
                record.version,
                record.clock,
                record.device_id,
                self._store.get_int("generation"),
                text,
                record.deleted,
                text,
                record.deleted,
            ),
        )
