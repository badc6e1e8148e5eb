"""Local API of a device: reads and writes of records without a network."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from trackforge_client.device.catalogue import Catalogue
from trackforge_client.device.clock import Clock
from trackforge_client.device.contracts import contract_of
from trackforge_client.device.digest import state_digest
from trackforge_client.device.errors import UnknownRecord
from trackforge_client.device.ids import natural_id, new_id
from trackforge_client.device.json_types import Fields, Json
from trackforge_client.device.merge import RecordState, drop_nulls, nfc_text, overlay
from trackforge_client.device.outbox import Outbox
from trackforge_client.device.records import Records
from trackforge_client.device.rejected import Rejected, RejectedWrites
from trackforge_client.device.snapshot import SNAPSHOT, with_snapshot
from trackforge_client.device.store import Store


class LocalStore:
    """Records of one user on one device. A write stores and queues in one transaction."""

    def __init__(
        self,
        path: str | Path,
        *,
        now_us: Callable[[], int],
        source: random.Random,
        schema_version: int,
    ) -> None:
        self._store = Store(path)
        self._source = source
        self._schema_version = schema_version
        self._clock = Clock(self._store, now_us)
        with self._store.transaction():
            if self._store.get("device_id") is None:
                self._store.set(device_id=new_id(self._clock.now(), source))
        self.id = str(self._store.get("device_id"))
        self._records = Records(self._store)
        self.catalogue = Catalogue(self._store, self._records)
        self._outbox = Outbox(self._store, self._clock, source, self.id)
        self._rejected_writes = RejectedWrites(self._store, self._records, self._outbox)

    def get(self, collection: str, id: str) -> dict[str, Json] | None:
        """Record with its `id` among the fields; None if absent or deleted."""
        contract_of(collection)
        state = self._records.visible(collection, id)
        return None if state is None or state.deleted else {"id": id, **state.data}

    def all(self, collection: str, **equals: Json) -> list[dict[str, Json]]:
        """Records of the collection with these field values, in the order of their ids."""
        contract_of(collection)
        return [{"id": id, **data} for id, data in self._records.all(collection, equals)]

    def put(
        self,
        collection: str,
        data: Fields,
        *,
        id: str | None = None,
        base_clock: int | None = None,
        base_version: int | None = None,
    ) -> str:
        """Id of the record; writes all its fields.

        The id is `id`, else `data["id"]`, else derived from the natural key, else new. An absent
        field gets its default. A food log gets its snapshot from the food, if this device has
        it. `base_clock` and `base_version` are the guards of the protocol.
        """
        contract = contract_of(collection)
        data = drop_nulls(_text_composed(data))
        own_id = data.pop("id", None)
        if collection == "food_logs":
            data = self._with_snapshot(data)
        user_id = self._store.get("user_id")
        natural = natural_id(collection, contract, user_id, data) if user_id else None
        id = id or (str(own_id) if own_id else None) or natural
        id = id or new_id(self._clock.now(), self._source)
        self._write(collection, id, "put", data, base_clock, base_version)
        return id

    def patch(
        self,
        collection: str,
        id: str,
        data: Fields,
        *,
        base_clock: int | None = None,
        base_version: int | None = None,
    ) -> None:
        """Writes some fields, null resets one; raises UnknownRecord without a local record.

        As on the server, a field of a group resets the other fields of the group. `update`
        retains them.
        """
        contract_of(collection)
        if self._records.visible(collection, id) is None:
            raise UnknownRecord(f"no {collection} {id} on this device")
        data = _text_composed(data)
        if collection == "food_logs" and "food_id" in data:
            data = self._with_snapshot(data)
        self._write(collection, id, "patch", data, base_clock, base_version)

    def update(self, collection: str, id: str, **fields: Json) -> None:
        """Write some fields and keep all others; raises UnknownRecord.

        Fields that are written together with a named one go along with their present values. A
        food log's snapshot is computed again when the food or the amount changes.
        """
        contract = contract_of(collection)
        state = self._records.visible(collection, id)
        if state is None:
            raise UnknownRecord(f"no {collection} {id} on this device")
        whole = {member for name in fields for member in contract.group_of(name)}
        if collection == "food_logs" and fields.keys() & {"food_id", "grams"}:
            whole -= set(SNAPSHOT)
        mates = {name: value for name, value in state.data.items() if name in whole}
        self.patch(collection, id, {**mates, **fields})

    def delete(
        self,
        collection: str,
        id: str,
        *,
        base_clock: int | None = None,
        base_version: int | None = None,
    ) -> None:
        """Deletes a record; raises UnknownRecord without a local record."""
        contract_of(collection)
        if self._records.visible(collection, id) is None:
            raise UnknownRecord(f"no {collection} {id} on this device")
        self._write(collection, id, "delete", {}, base_clock, base_version)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Several writes as one transaction, stored all or none. Do not await within it."""
        with self._store.transaction():
            yield

    def live(self) -> list[tuple[str, str, dict[str, Json]]]:
        """(collection, id, data) of every live record."""
        return self._records.live()

    def digest(self) -> str:
        """SHA-256 of all live records (64 hex digits), equal on devices with equal records."""
        return state_digest(self.live())

    def rejected(self) -> list[Rejected]:
        """Rejected writes with their reasons, oldest first."""
        return self._rejected_writes.all()

    def dismiss(self, rejected: Rejected) -> None:
        """Deletes a rejected write."""
        self._rejected_writes.remove(rejected.number)

    def retry(self, rejected: Rejected, data: Fields | None = None) -> None:
        """Queues a rejected write again, with `data` instead of its own data if given."""
        with self._store.transaction():
            written = dict(rejected.data if data is None else data)
            self._write(rejected.collection, rejected.id, rejected.op, written, None, None)
            self.dismiss(rejected)

    def close(self) -> None:
        """Closes the file."""
        self._store.close()

    def _write(
        self,
        collection: str,
        id: str,
        op: str,
        data: Fields,
        base_clock: int | None,
        base_version: int | None,
    ) -> None:
        contract = contract_of(collection)
        with self._store.transaction():
            before: RecordState | None = self._records.visible(collection, id)
            self._records.set_visible(collection, id, overlay(contract, before, op, data))
            self._outbox.add(
                collection, id, op, data, self._schema_version, base_clock, base_version
            )
        self._written()

    def _written(self) -> None:
        """Hook after a local write."""

    def _with_snapshot(self, log: dict[str, Json]) -> dict[str, Json]:
        id = str(log.get("food_id"))
        food = self._records.visible("foods", id)
        if food is None:
            return with_snapshot(log, self.catalogue.get("foods", id))
        return with_snapshot(log, None if food.deleted else food.data)


def _text_composed(data: Fields) -> dict[str, Json]:
    return {name: nfc_text(value) for name, value in data.items()}
