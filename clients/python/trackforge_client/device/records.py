"""Records on the device: server states, and visible states with unsent writes applied."""

import json
from collections.abc import Mapping

from trackforge_client.device.contracts import contract_of
from trackforge_client.device.json_types import Json
from trackforge_client.device.merge import RecordState, overlay
from trackforge_client.device.register_clocks import after_write, compact
from trackforge_client.device.server_record import ServerRecord, dump, stored_clocks
from trackforge_client.device.store import Store

_NOT_PULLED = -1
"""Generation of a record that was accepted during a full pull and has not come with it yet."""


class Records:
    """Table of records: reads for the app; writes by local writes, pulls and push results."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def visible(self, collection: str, id: str) -> RecordState | None:
        """Visible state of a record, also of a deleted one."""
        row = self._store.connection.execute(
            "SELECT data, deleted FROM records WHERE collection = ? AND id = ?", (collection, id)
        ).fetchone()
        return None if row is None else RecordState(json.loads(row[0]), bool(row[1]))

    def all(self, collection: str, equals: Mapping[str, Json]) -> list[tuple[str, dict[str, Json]]]:
        """(id, data) of the live records with these field values, in the order of ids."""
        conditions = "".join(" AND json_extract(data, ?) IS ?" for _ in equals)
        values = [part for name, value in equals.items() for part in (f'$."{name}"', value)]
        rows = self._store.connection.execute(
            "SELECT id, data FROM records"
            f" WHERE collection = ? AND deleted = 0{conditions} ORDER BY id",
            (collection, *values),
        )
        return [(id, json.loads(data)) for id, data in rows]

    def live(self) -> list[tuple[str, str, dict[str, Json]]]:
        """(collection, id, data) of every live record, in that order."""
        rows = self._store.connection.execute(
            "SELECT collection, id, data FROM records WHERE deleted = 0 ORDER BY collection, id"
        )
        return [(collection, id, json.loads(data)) for collection, id, data in rows]

    def set_visible(self, collection: str, id: str, state: RecordState) -> None:
        """Stores the visible state; the server's state stays."""
        self._store.connection.execute(
            "INSERT INTO records (collection, id, data, deleted) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (collection, id)"
            " DO UPDATE SET data = excluded.data, deleted = excluded.deleted",
            (collection, id, dump(state.data), state.deleted),
        )

    def recompute(self, collection: str, id: str) -> None:
        """Recomputes the visible state: the server's state with the unsent writes applied."""
        connection = self._store.connection
        row = connection.execute(
            "SELECT base, base_deleted FROM records WHERE collection = ? AND id = ?",
            (collection, id),
        ).fetchone()
        state = None
        if row is not None and row[0] is not None:
            state = RecordState(json.loads(row[0]), bool(row[1]))
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
            self.set_visible(collection, id, state)

    def store(self, record: ServerRecord, *, pulled: bool = True) -> None:
        """Stores the server's state of a record, unless a newer one is stored.

        A state that was not `pulled` but came with the result of a push does not count as
        contained in a full pull: the result may be an old one, sent again.
        """
        if record.version < self._version(record.collection, record.id):
            if pulled:
                self._store.connection.execute(
                    "UPDATE records SET generation = ? WHERE collection = ? AND id = ?",
                    (self._store.get_int("generation"), record.collection, record.id),
                )
            return
        self._set_base(record, pulled=pulled)
        self.recompute(record.collection, record.id)

    def store_accepted(self, change: ServerRecord, op: str) -> None:
        """Applies an accepted write to the stored server state.

        `change` has the write's own data. Does nothing if a pull was faster. `recompute` follows
        when the write has left the outbox.
        """
        if change.version < self._version(change.collection, change.id):
            return
        contract = contract_of(change.collection)
        base = self.base(change.collection, change.id)
        before = RecordState(dict(base.data), base.deleted) if base else None
        after = overlay(contract, before, op, change.data)
        clocks = base.all_clocks if base else {}
        # A patch that creates a record also writes the defaults.
        written = change.data if base or op == "delete" else after.data
        own, clocks_now = compact(after_write(contract, clocks, op, written, change.stamp))
        self._set_base(
            ServerRecord(
                change.collection,
                change.id,
                change.version,
                own.clock,
                own.device_id,
                after.deleted,
                after.data,
                clocks_now,
            ),
            pulled=False,
        )

    def base(self, collection: str, id: str) -> ServerRecord | None:
        """The server's state of a record."""
        rows = self._bases("collection = ? AND id = ?", collection, id)
        return rows[0] if rows else None

    def is_from_before_first_pull(self, collection: str, id: str) -> bool:
        """True if the server's state came with a push, and no page of a pull had the record."""
        row = self._store.connection.execute(
            "SELECT generation FROM records WHERE collection = ? AND id = ?", (collection, id)
        ).fetchone()
        return row is not None and row[0] == 0

    def offers(self, newer_than: int, earlier: int) -> list[str]:
        """Offers of the server states that are newer than a version.

        `earlier` is that version for states of the history before the present one. Tombstones that
        outlived a full pull may be of any.
        """
        newer = "version > ? OR version < -? OR (version < 0 AND base_deleted)"
        return [record.offer() for record in self._bases(newer, newer_than, earlier)]

    def _bases(self, where: str, *values: str | int) -> list[ServerRecord]:
        rows = self._store.connection.execute(
            "SELECT collection, id, version, clock, device_id, base_deleted, base, clocks"
            f" FROM records WHERE base IS NOT NULL AND ({where})",
            values,
        )
        return [
            ServerRecord(
                collection,
                id,
                version,
                clock,
                device_id,
                bool(deleted),
                json.loads(data),
                stored_clocks(clocks),
            )
            for collection, id, version, clock, device_id, deleted, data, clocks in rows
        ]

    def drop_server_state(self, collection: str, id: str) -> None:
        """Drops the server's state; unsent writes stay visible."""
        self._store.connection.execute(
            "UPDATE records SET base = NULL, base_deleted = 0, clocks = NULL, version = 0"
            " WHERE collection = ? AND id = ?",
            (collection, id),
        )
        self.recompute(collection, id)

    def _version(self, collection: str, id: str) -> int:
        """Version of the stored server state, 0 without one."""
        row = self._store.connection.execute(
            "SELECT version FROM records WHERE collection = ? AND id = ?", (collection, id)
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _set_base(self, record: ServerRecord, *, pulled: bool) -> None:
        text = dump(record.data)
        generation = self._store.get_int("generation")
        if not pulled and self._store.get_int("rebuilding"):
            generation = _NOT_PULLED
        retained = "" if pulled else "CASE WHEN records.base IS NULL THEN excluded.generation ELSE"
        chosen = f"{retained} records.generation END" if retained else "excluded.generation"
        self._store.connection.execute(
            "INSERT INTO records (collection, id, version, clock, device_id, generation,"
            " base, base_deleted, clocks, data, deleted)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (collection, id) DO UPDATE SET version = excluded.version,"
            " clock = excluded.clock, device_id = excluded.device_id,"
            f" generation = {chosen}, base = excluded.base,"
            " base_deleted = excluded.base_deleted, clocks = excluded.clocks",
            (
                record.collection,
                record.id,
                record.version,
                record.clock,
                record.device_id,
                generation,
                text,
                record.deleted,
                None if record.clocks is None else dump(record.clocks),
                text,
                record.deleted,
            ),
        )
