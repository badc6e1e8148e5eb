"""Local API of a device: reads and writes of records without a network."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast, overload

from trackforge_client.device import completion, validation
from trackforge_client.device.changes import NO_GUARDS, Guards
from trackforge_client.device.contracts import SCHEMA_VERSION, contract_of
from trackforge_client.device.errors import UnknownRecord
from trackforge_client.device.ids import natural_id, new_id
from trackforge_client.device.json_types import Fields, Json
from trackforge_client.device.local_reads import LocalReads
from trackforge_client.device.merge import RecordState, drop_nulls, nfc_text, overlay
from trackforge_client.device.rejected import Rejected
from trackforge_client.device.snapshot import with_snapshot
from trackforge_client.device.table import CollectionName, RecordT, Table


class LocalStore(LocalReads):
    """Local records with their writes, each stored and queued in one transaction."""

    @overload
    def put(
        self, collection: Table[RecordT], data: RecordT, *, id: str | None = None,
        base_clock: int | None = None, base_version: int | None = None,
    ) -> str: ...  # fmt: skip
    @overload
    def put(
        self, collection: str, data: Fields, *, id: str | None = None,
        base_clock: int | None = None, base_version: int | None = None,
    ) -> str: ...  # fmt: skip
    def put(
        self, collection: CollectionName, data: Mapping[str, object], *, id: str | None = None,
        base_clock: int | None = None, base_version: int | None = None,
    ) -> str:  # fmt: skip
        """Id of the record; writes all its fields. Raises InvalidRecord.

        The id is `id`, else `data["id"]`, else derived from the natural key, else new. An absent
        field gets its default. A food log gets its snapshot from the food, if this device has
        it. `base_clock` and `base_version` are the guards of the protocol.
        """
        collection = str(collection)
        contract = contract_of(collection)
        fields = drop_nulls(_nfc_fields(cast(Fields, data)))
        own_id = fields.pop("id", None)
        if collection == "food_logs":
            food_id = fields.get("food_id")
            food = self._food(food_id) if isinstance(food_id, str) else None
            fields = with_snapshot(fields, food)
        user_id = self._store.get("user_id")
        natural = natural_id(collection, contract, user_id, fields) if user_id else None
        id = id or (str(own_id) if own_id else None) or natural
        id = id or new_id(self._clock.now(), self._source)
        id = self._id_rekeying.canonical_id(collection, id)
        self._write(collection, id, "put", fields, Guards(base_clock, base_version))
        return id

    def patch(
        self, collection: CollectionName, id: str, data: Fields, *,
        base_clock: int | None = None, base_version: int | None = None,
    ) -> None:  # fmt: skip
        """Writes some fields, null resets one; raises InvalidRecord or UnknownRecord.

        The other fields of a group are queued too, with their stored values. The snapshot of a
        food log follows its food and its amount.
        """
        collection = str(collection)
        contract = contract_of(collection)
        id = self._id_rekeying.canonical_id(collection, id)
        stored = self._existing(collection, id).data
        patch = _nfc_fields(data)
        if collection == "food_logs":
            patch = completion.complete_food_log(stored, patch, self._food)
        patch = completion.complete_groups(contract, stored, patch)
        self._write(collection, id, "patch", patch, Guards(base_clock, base_version))

    def update(self, collection: CollectionName, id: str, **fields: Json) -> None:
        """`patch` with the fields as keyword arguments."""
        self.patch(collection, id, fields)

    def delete(
        self, collection: CollectionName, id: str, *,
        base_clock: int | None = None, base_version: int | None = None,
    ) -> None:  # fmt: skip
        """Deletes a record; raises UnknownRecord without a local record."""
        collection = str(collection)
        contract_of(collection)
        id = self._id_rekeying.canonical_id(collection, id)
        self._existing(collection, id)
        self._write(collection, id, "delete", {}, Guards(base_clock, base_version))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Several writes as one transaction, stored all or none. Do not await within it."""
        with self._store.transaction():
            yield

    writing = transaction
    """Former name of `transaction`."""

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
            self._write(rejected.collection, rejected.id, rejected.op, written)
            self.dismiss(rejected)

    def close(self) -> None:
        """Closes the file."""
        self._store.close()

    def _write(
        self, collection: str, id: str, op: str, data: Fields, guards: Guards = NO_GUARDS
    ) -> None:
        contract = contract_of(collection)
        if self._validate and op != "delete":
            limits = json.loads(self._store.get("limits") or "{}")
            validation.validate(
                collection,
                contract,
                op,
                id,
                data,
                record_bytes=limits.get("record_bytes", validation.RECORD_BYTES),
                allow_unknown=self._schema_version > SCHEMA_VERSION,
            )
        with self._store.transaction():
            before = self._records.visible(collection, id)
            self._records.set_visible(collection, id, overlay(contract, before, op, data))
            self._outbox.add(collection, id, op, data, self._schema_version, guards)
        self._written()

    def _written(self) -> None:
        """Wakes watched queries after a local write."""
        self._changes.notify()

    def _existing(self, collection: str, id: str) -> RecordState:
        state = self._records.visible(collection, id)
        if state is None:
            raise UnknownRecord(f"no {collection} {id} on this device")
        return state

    def _food(self, id: str) -> Fields | None:
        """Data of an own food or of a built-in one; None if unknown or deleted."""
        food = self._records.visible("foods", id)
        if food is None:
            return self.catalogue.get("foods", id)
        return None if food.deleted else food.data


def _nfc_fields(data: Fields) -> dict[str, Json]:
    return {name: nfc_text(value) for name, value in data.items()}
