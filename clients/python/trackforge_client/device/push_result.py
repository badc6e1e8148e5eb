"""What becomes of a batch when its answer is in: every write settled, taken back or set aside."""

from collections import Counter
from collections.abc import Mapping

from trackforge_client.device.clock import TOLERANCE_US, Clock
from trackforge_client.device.id_rekeying import Naming
from trackforge_client.device.json_types import Fields
from trackforge_client.device.outbox import Batch, Change, Outbox
from trackforge_client.device.records import Records, ServerRecord
from trackforge_client.device.rejected import SetAside
from trackforge_client.device.store import Store
from trackforge_client.device.wire import PushAnswer, Result


class Settlement:
    """Applies the answers to pushes to this device's file, each in one transaction."""

    def __init__(
        self,
        store: Store,
        records: Records,
        outbox: Outbox,
        set_aside: SetAside,
        naming: Naming,
        clock: Clock,
        device_id: str,
    ) -> None:
        self._store = store
        self._records = records
        self._outbox = outbox
        self._set_aside = set_aside
        self._naming = naming
        self._clock = clock
        self._device_id = device_id

    def settle(self, batch: Batch, answer: PushAnswer, at: int) -> Counter[str]:
        """Take a push's results in; answers how many there were of each status."""
        with self._store.transaction():
            changes = self._outbox.changes(batch)
            touched = {(change.collection, change.id) for change in changes}
            for change, result in zip(changes, answer.results, strict=True):
                if result.status == "rejected":
                    self._set_aside.take(change, result.error, at)
                else:
                    shift_us, server_us = answer.clock_shift_us, answer.server_clock
                    touched.add(self._accept(change, result, shift_us, server_us))
            self._outbox.remove(changes)
            for collection, id in touched:
                self._records.refresh(collection, id)
            self._store.set(pushed_at=at)
        return Counter(result.status for result in answer.results)

    def refuse(self, batch: Batch, errors: Mapping[int, Fields], at: int) -> None:
        """Set aside the writes that stopped a whole push, by their index; the others wait again."""
        with self._store.transaction():
            changes = self._outbox.changes(batch)
            self._outbox.thaw(batch)
            for index, error in errors.items():
                self._set_aside.take(changes[index], error, at)

    def _accept(
        self, change: Change, result: Result, shift_us: int, server_us: int
    ) -> tuple[str, str]:
        # A clock too far ahead is clamped by the server; nothing of ours is later than this.
        clock = min(max(change.clock + shift_us, 1), server_us + TOLERANCE_US)
        self._clock.saw(clock, "sent")
        id = result.canonical_id or change.id
        if id != change.id:
            self._naming.rename({change.id: id})
        if result.record is not None:
            self._records.take(result.record)
        else:
            ours = ServerRecord(
                change.collection, id, result.version, clock, self._device_id, False, change.data
            )
            self._records.confirm(ours, change.op)
        return change.collection, id
