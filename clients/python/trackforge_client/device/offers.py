"""Offers: what a restored server lacks, given back before anything on the device is dropped.

The table `offers` has what is to be given back until a pull from the beginning has begun.
`superseded` has server states that results of pushes replaced, until a pull has shown that the
server still had them.
"""

import json
from collections.abc import Callable

from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.errors import RequestRejected
from trackforge_client.device.records import Records
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store
from trackforge_client.device.wire import parse_push, parse_record

_CONTENT_STATUSES = frozenset({400, 413, 422})
_NO_CONTENT = frozenset({"malformed_body", "quota_exceeded"})


class Offers:
    """Offers of one device. They are sent with keys of their own, so repeats change nothing."""

    def __init__(
        self,
        session: Session,
        store: Store,
        records: Records,
        limits: Callable[[], tuple[int, int]],
        new_key: Callable[[], str],
        *,
        device_id: str,
        schema_version: int,
    ) -> None:
        """`limits` returns the maximum (changes, bytes) of a push."""
        self._session = session
        self._store = store
        self._records = records
        self._limits = limits
        self._new_key = new_key
        self._head = f'{{"device_id":"{device_id}","schema_version":{schema_version},"changes":['
        self._ceiling: int | None = None

    def collect(self, restored_version: int) -> None:
        """Queues what is newer than a backup; call it within the reset of the cursor.

        Records of an earlier history, whose pull had not ended, are compared with the lowest
        version that the server named since.
        """
        lowest = min(restored_version, int(self._store.get("restored_version") or restored_version))
        connection = self._store.connection
        connection.execute(
            "INSERT INTO offers (change) SELECT change FROM superseded WHERE version > ?",
            (restored_version,),
        )
        texts = [(text,) for text in self._records.offers(restored_version, lowest)]
        connection.executemany("INSERT INTO offers (change) VALUES (?)", texts)
        connection.execute("DELETE FROM superseded")
        self._store.set(restored_version=lowest)

    def collect_unconfirmed(self, collection: str, id: str) -> None:
        """Queues a record that only an answer to a push had shown; it is about to be dropped."""
        base = self._records.base(collection, id)
        if base is not None:
            self._store.connection.execute(
                "INSERT INTO offers (change) VALUES (?)", (base.offer(),)
            )

    def collect_replaced(self) -> None:
        """Queues states with writes that the result of a later push lacked.

        It is for a pull without a cursor: there the server cannot tell that it was restored.
        """
        connection = self._store.connection
        for (text,) in connection.execute("SELECT change FROM superseded ORDER BY seq").fetchall():
            replaced = parse_record(text.encode())
            present = self._records.base(replaced.collection, replaced.id)
            if present is not None and replaced.has_later_writes_than(present):
                connection.execute("INSERT INTO offers (change) VALUES (?)", (text,))

    def remember(self, collection: str, id: str) -> None:
        """Stores the server's state of a record that a push result may replace.

        A state of before a first pull that has begun, and has not come to the record yet, is
        queued: once it is replaced, no page can be compared with it.
        """
        base = self._records.base(collection, id)
        if base is None:
            return
        if base.version < 0 and self._records.is_from_before_first_pull(collection, id):
            self.collect_unconfirmed(collection, id)
        elif base.version > 0:
            self._store.connection.execute(
                "INSERT INTO superseded (version, change) VALUES (?, ?)",
                (base.version, base.offer()),
            )

    def newest_superseded(self) -> int:
        """Number of the newest replaced state; read it before a pull."""
        row = self._store.connection.execute("SELECT max(seq) FROM superseded").fetchone()
        return int(row[0] or 0)

    def confirmed(self, superseded: int) -> None:
        """Forgets replaced states up to this number, and answered offers, after a page of a pull.

        The server has the history that they were of.
        """
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM superseded WHERE seq <= ?", (superseded,))
            connection.execute("DELETE FROM offers WHERE answered = 1")

    def repeat(self) -> None:
        """Makes all offers unanswered: the pull that should have followed did not begin."""
        self._store.connection.execute("UPDATE offers SET answered = 0 WHERE answered = 1")

    def are_waiting(self) -> bool:
        """True if there are unanswered offers."""
        waiting = "SELECT 1 FROM offers WHERE answered = 0 LIMIT 1"
        return self._store.connection.execute(waiting).fetchone() is not None

    async def send_all(self) -> None:
        """Sends the unanswered offers; raises as a push does, and goes on at the next call."""
        while rows := self._next():
            texts = [text for _, text in rows]
            body = f"{self._head}{','.join(texts)}]}}".encode()
            try:
                response = await self._session.call("POST", "/sync/push", body, self._key(rows))
            except RequestRejected as error:
                self._rejected(rows, error)
                continue
            try:
                parse_push(response.body, len(rows))
            except ValueError as error:
                raise invalid_response(response, error) from error
            self._answered([seq for seq, _ in rows])

    def _next(self) -> list[tuple[int, str]]:
        limit, max_bytes = self._limits()
        limit = min(limit, self._ceiling or limit)
        waiting = self._store.connection.execute(
            "SELECT seq, change FROM offers WHERE answered = 0 ORDER BY seq LIMIT ?", (limit,)
        ).fetchall()
        size, count = len(self._head) + 2, 0
        for _, text in waiting:
            size += len(text.encode()) + 1
            if count and size > max_bytes:
                break
            count += 1
        return waiting[:count]

    def _key(self, rows: list[tuple[int, str]]) -> str:
        """Key of these offers: the stored one, if it was made for the same ones."""
        span = [rows[0][0], rows[-1][0], len(rows)]
        stored = json.loads(self._store.get("offers_key") or "[]")
        if stored[1:] == span:
            return str(stored[0])
        key = self._new_key()
        self._store.set(offers_key=dump([key, *span]))
        return key

    def _answered(self, numbers: list[int]) -> None:
        with self._store.transaction() as connection:
            connection.executemany(
                "UPDATE offers SET answered = 1 WHERE seq = ?", [(seq,) for seq in numbers]
            )
            self._store.set(offers_key=None)

    def _rejected(self, rows: list[tuple[int, str]], error: RequestRejected) -> None:
        """Leaves out the offers for which the server rejects the request; raises other errors."""
        if error.code == "idempotency_key_reused":
            self._store.set(offers_key=None)
            return
        if error.status not in _CONTENT_STATUSES or error.code in _NO_CONTENT:
            raise error
        named = error.errors.get("changes")
        indexes = [int(it) for it in named if it.isdecimal()] if isinstance(named, dict) else []
        if len(rows) == 1:
            indexes = [0]
        if not indexes:
            self._ceiling = len(rows) // 2
        self._answered([rows[index][0] for index in indexes if index < len(rows)])
