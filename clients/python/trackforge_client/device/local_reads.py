"""Local reads of a device: records, queries and watched queries."""

import random
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import overload

from trackforge_client.device.catalogue import Catalogue
from trackforge_client.device.clock import Clock
from trackforge_client.device.contracts import contract_of
from trackforge_client.device.digest import state_digest
from trackforge_client.device.id_rekeying import IdRekeying
from trackforge_client.device.ids import new_id
from trackforge_client.device.json_types import Json
from trackforge_client.device.outbox import Outbox
from trackforge_client.device.query import Query
from trackforge_client.device.records import Records
from trackforge_client.device.rejected import RejectedWrites
from trackforge_client.device.store import Store
from trackforge_client.device.table import CollectionName, RecordT, Table
from trackforge_client.device.watch import LocalChanges

Record = dict[str, Json]


class LocalReads:
    """Open file of one user on one device, with its read methods."""

    def __init__(
        self,
        path: str | Path,
        *,
        now_us: Callable[[], int],
        source: random.Random,
        schema_version: int,
        validate: bool,
    ) -> None:
        self._store = Store(path)
        self._source = source
        self._schema_version = schema_version
        self._validate = validate
        self._clock = Clock(self._store, now_us)
        with self._store.transaction():
            if self._store.get("device_id") is None:
                self._store.set(device_id=new_id(self._clock.now(), source))
        self.id = str(self._store.get("device_id"))
        self._records = Records(self._store)
        self.catalogue = Catalogue(self._store, self._records)
        self._outbox = Outbox(self._store, self._clock, source, self.id)
        self._rejected_writes = RejectedWrites(self._store, self._records, self._outbox)
        self._id_rekeying = IdRekeying(self._store, self._records, self._outbox)
        self._changes = LocalChanges()

    @overload
    def get(self, collection: Table[RecordT], id: str) -> RecordT | None: ...
    @overload
    def get(self, collection: str, id: str) -> Record | None: ...
    def get(self, collection: CollectionName, id: str) -> object:
        """Record with its `id` among the fields; None if absent or deleted."""
        name = str(collection)
        contract_of(name)
        id = self._id_rekeying.canonical_id(name, id)
        state = self._records.visible(name, id)
        return None if state is None or state.deleted else {"id": id, **state.data}

    def all(self, collection: str, **equals: Json) -> list[Record]:
        """Records of the collection with these field values, in the order of their ids."""
        contract_of(collection)
        return [{"id": id, **data} for id, data in self._records.all(collection, equals)]

    @overload
    def query(self, collection: Table[RecordT]) -> Query[RecordT]: ...
    @overload
    def query(self, collection: str) -> Query[Record]: ...
    def query(self, collection: CollectionName) -> object:
        """Query over a collection: `where`, `order_by`, `limit`, then `all`, `first`, `count`."""
        contract_of(str(collection))
        query: Query[Record] = Query(self._store, str(collection))
        return query

    def watch(self, query: Query[RecordT]) -> AsyncGenerator[list[RecordT], None]:
        """Records of the query: at once, and again whenever writes or sync change them."""
        return self._changes.watch(query)

    def live(self) -> list[tuple[str, str, dict[str, Json]]]:
        """(collection, id, data) of every live record."""
        return self._records.live()

    def digest(self) -> str:
        """SHA-256 of all live records (64 hex digits), equal on devices with equal records."""
        return state_digest(self.live())
