"""Results of a push: accepted writes become server state, rejected ones are set aside."""

from collections import Counter
from collections.abc import Mapping

from trackforge_client.device.changes import Batch, Change
from trackforge_client.device.clock import TOLERANCE_US, Clock
from trackforge_client.device.id_rekeying import IdRekeying
from trackforge_client.device.json_types import Fields
from trackforge_client.device.offers import Offers
from trackforge_client.device.outbox import Outbox
from trackforge_client.device.records import Records
from trackforge_client.device.rejected import RejectedWrites
from trackforge_client.device.server_record import ServerRecord
from trackforge_client.device.store import Store
from trackforge_client.device.wire import PushResponse, Result

_LOST = frozenset({"unknown_record", "incomplete_group"})
"""Codes of patches whose record the server does not have."""


class PushResultWriter:
    """Writer of push results to the device's file, each push in one transaction."""

    def __init__(
        self,
        store: Store,
        records: Records,
        outbox: Outbox,
        set_aside: RejectedWrites,
        naming: IdRekeying,
        clock: Clock,
        offers: Offers,
        device_id: str,
    ) -> None:
        self._store = store
        self._records = records
        self._outbox = outbox
        self._rejected_writes = set_aside
        self._id_rekeying = naming
        self._clock = clock
        self._offers = offers
        self._device_id = device_id

    def apply(
        self, batch: Batch, response: PushResponse, at: int, *, is_recent: bool = True
    ) -> Counter[str]:
        """Counts by status; stores the results of a push.

        A write of a record that the server gave, and now does not have, stays in the outbox and
        counts as `deferred`, unless the last pull `is_recent`: the server may have been restored.
        """
        statuses = Counter(result.status for result in response.results)
        deferred = []
        with self._store.transaction():
            changes = self._outbox.changes(batch)
            touched = {(change.collection, change.id) for change in changes}
            for change, result in zip(changes, response.results, strict=True):
                if result.status == "rejected":
                    code = result.error.get("code")
                    if not is_recent and code in _LOST and self._is_known(change):
                        deferred.append(change)
                    else:
                        self._rejected_writes.add(change, result.error, at)
                else:
                    shift_us, server_us = response.clock_shift_us, response.server_clock
                    touched.add(self._store_result(change, result, shift_us, server_us))
            self._outbox.release(deferred)
            self._outbox.remove([change for change in changes if change not in deferred])
            for collection, id in touched:
                self._records.recompute(collection, id)
            self._store.set(pushed_at=at)
        return statuses - Counter(rejected=len(deferred)) + Counter(deferred=len(deferred))

    def _is_known(self, change: Change) -> bool:
        is_given = self._records.base(change.collection, change.id) is not None
        return is_given or self._offers.are_waiting()

    def reject(self, batch: Batch, errors: Mapping[int, Fields], at: int) -> None:
        """Rejects writes by their index in the batch; the others are unsent again."""
        with self._store.transaction():
            changes = self._outbox.changes(batch)
            self._outbox.cancel_batch(batch)
            for index, error in errors.items():
                self._rejected_writes.add(changes[index], error, at)

    def _store_result(
        self, change: Change, result: Result, shift_us: int, server_us: int
    ) -> tuple[str, str]:
        # The server corrects a clock of the future to at most this.
        clock = min(max(change.clock + shift_us, 1), server_us + TOLERANCE_US)
        self._clock.observe(clock, "sent")
        id = result.canonical_id or change.id
        for replaced in {change.id, id}:
            self._offers.remember(change.collection, replaced)
        if id != change.id:
            self._id_rekeying.rekey({change.id: id})
            # The server has moved the record: a pull brings the tombstone of the former id.
            self._records.drop_server_state(change.collection, change.id)
        if result.record is not None:
            self._records.store(result.record, pulled=False)
        else:
            accepted = ServerRecord(
                change.collection, id, result.version, clock, self._device_id, False, change.data
            )
            self._records.store_accepted(accepted, change.op)
        return change.collection, id
