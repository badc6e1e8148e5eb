"""Outbox: local writes until their results are received."""

import json
import random
from collections.abc import Sequence

from trackforge_client.device.changes import NO_GUARDS, Batch, Change, Guards
from trackforge_client.device.clock import Clock
from trackforge_client.device.ids import new_id
from trackforge_client.device.json_types import Fields
from trackforge_client.device.server_record import dump
from trackforge_client.device.store import Store

_COLUMNS = "seq, collection, id, op, clock, data, base_clock, base_version, schema_version"


class Outbox:
    """Queue of writes, at most one batch of which is being sent."""

    def __init__(self, store: Store, clock: Clock, source: random.Random, device_id: str) -> None:
        self._store = store
        self._clock = clock
        self._source = source
        self._device_id = device_id

    def add(
        self,
        collection: str,
        id: str,
        op: str,
        data: Fields,
        schema_version: int,
        guards: Guards = NO_GUARDS,
    ) -> None:
        """Queues a write with a new stamp; call it within the write's transaction."""
        self._store.connection.execute(
            "INSERT INTO outbox (collection, id, op, clock, data, base_clock, base_version,"
            " schema_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                collection,
                id,
                op,
                self._clock.stamp(),
                dump(data),
                guards.base_clock,
                guards.base_version,
                schema_version,
            ),
        )

    def count(self) -> dict[str, int]:
        """Number of unsent writes by collection."""
        rows = self._store.connection.execute(
            "SELECT collection, count(*) FROM outbox GROUP BY collection ORDER BY collection"
        )
        return dict(rows)

    def waiting_since(self) -> tuple[int, int]:
        """Number of unsent writes, and the clock of the oldest (0 without any)."""
        row = self._store.connection.execute("SELECT count(*), min(clock) FROM outbox").fetchone()
        return row[0], row[1] or 0

    def open_batch(self) -> Batch | None:
        """Batch without a response, if any."""
        row = self._store.connection.execute(
            "SELECT id, key, body, sent FROM batches ORDER BY id LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        offset = self._store.get("batch_clock_offset")
        known_offset = self._clock.offset if offset is None else int(offset)
        return Batch(row[0], row[1], row[2], bool(row[3]), known_offset)

    def create_batch(
        self, limit: int, max_bytes: int, key: str | None = None, *, deletions_only: bool = False
    ) -> Batch | None:
        """Next push, stored: the oldest writes, `limit` and `max_bytes` at most. None if empty.

        A batch has at least one write, of any size. All its writes have one schema version,
        since a put resets exactly the fields that its version has.
        """
        with self._store.transaction() as connection:
            self._clock.restamp_future()
            chosen = "batch IS NULL AND op = 'delete'" if deletions_only else "batch IS NULL"
            waiting = self._changes(f"{chosen} ORDER BY seq LIMIT ?", limit)
            if not waiting:
                return None
            version = waiting[0].schema_version
            head = f'{{"device_id":"{self._device_id}","schema_version":{version},"changes":['
            texts: list[str] = []
            size = len(head) + 2
            for change in waiting:
                text = change.text()
                size += len(text.encode()) + 1
                if texts and (size > max_bytes or change.schema_version != version):
                    break
                texts.append(text)
            body = f"{head}{','.join(texts)}]}}".encode()
            now_us, offset = self._clock.now(), self._clock.offset
            key = key or new_id(now_us, self._source)
            cursor = connection.execute(
                "INSERT INTO batches (key, body, sent_at, sent) VALUES (?, ?, ?, 0)",
                (key, body, now_us),
            )
            batch_id = cursor.lastrowid
            assert batch_id is not None
            connection.execute(
                f"UPDATE outbox SET batch = ? WHERE {chosen} AND seq <= ?",
                (batch_id, waiting[len(texts) - 1].seq),
            )
            self._store.set(batch_clock_offset=offset)
        return Batch(batch_id, key, body, sent=False, clock_offset=offset)

    def mark_batch(self, batch: Batch, *, sent: bool) -> None:
        """Stores that the server may have the batch (before sending), or that it has not."""
        with self._store.transaction() as connection:
            connection.execute("UPDATE batches SET sent = ? WHERE id = ?", (sent, batch.id))

    def cancel_batch(self, batch: Batch) -> None:
        """Dissolves a batch that the server has not stored; its writes are unsent again."""
        with self._store.transaction() as connection:
            moved_us = self._clock.offset - batch.clock_offset
            connection.execute(
                "UPDATE outbox SET batch = NULL, clock = max(clock + ?, 1) WHERE batch = ?",
                (moved_us, batch.id),
            )
            connection.execute("DELETE FROM batches WHERE id = ?", (batch.id,))

    def release(self, changes: Sequence[Change]) -> None:
        """Makes writes of a batch with results unsent again."""
        with self._store.transaction() as connection:
            connection.executemany(
                "UPDATE outbox SET batch = NULL WHERE seq = ?",
                [(change.seq,) for change in changes],
            )

    def changes(self, batch: Batch) -> list[Change]:
        """Writes of a batch in the order sent."""
        return self._changes("batch = ? ORDER BY seq", batch.id)

    def waiting(self) -> list[Change]:
        """Writes that are in no batch."""
        return self._changes("batch IS NULL AND ? ORDER BY seq", 1)

    def rewrite(self, change: Change, id: str, data: Fields) -> None:
        """Replaces the id and the data of an unsent write."""
        self._store.connection.execute(
            "UPDATE outbox SET id = ?, data = ? WHERE seq = ?", (id, dump(data), change.seq)
        )

    def remove(self, changes: Sequence[Change]) -> None:
        """Deletes writes that have results, and empty batches."""
        with self._store.transaction() as connection:
            connection.executemany(
                "DELETE FROM outbox WHERE seq = ?", [(change.seq,) for change in changes]
            )
            connection.execute(
                "DELETE FROM batches WHERE id NOT IN"
                " (SELECT batch FROM outbox WHERE batch IS NOT NULL)"
            )

    def _changes(self, where: str, value: int) -> list[Change]:
        rows = self._store.connection.execute(
            f"SELECT {_COLUMNS} FROM outbox WHERE {where}", (value,)
        )
        return [
            Change(
                seq, collection, id, op, clock, json.loads(data), base_clock, base_version, known
            )
            for seq, collection, id, op, clock, data, base_clock, base_version, known in rows
        ]
