"""Recent heads: what this process last read and wrote of a user's head, for pushes of new records.

A head that is out of date costs a round trip, never a wrong write: a batch is written only if the
head is still the one that it was resolved against.
"""

from collections import OrderedDict
from collections.abc import Sequence

from schema.ids import UserId
from sync_server.sync.engine.batch import BatchResult
from sync_server.sync.engine.changes import BatchContext, InvalidChange, ValidChange
from sync_server.sync.push.quota import Usage
from sync_server.sync.push.snapshot import HeadRow, PushSnapshot

_MOMENT_US = 1_000_000


class RecentHeads:
    """The heads of the users and devices that have pushed last."""

    def __init__(self, size: int = 20_000) -> None:
        self._size = size
        self._heads: OrderedDict[tuple[UserId, str], HeadRow] = OrderedDict()

    def get(self, user_id: UserId, device_id: str) -> HeadRow | None:
        """The head of a user whom the device has pushed to."""
        return self._heads.get((user_id, device_id))

    def forget(self, user_id: UserId, device_id: str) -> None:
        """Drop a head that was out of date."""
        self._heads.pop((user_id, device_id), None)

    def note(
        self,
        context: BatchContext,
        snapshot: PushSnapshot,
        batch: BatchResult,
        usage: Usage,
    ) -> None:
        """Keep the head as it is after a batch."""
        key = context.user_id, context.device_id
        clocks = [record.clock for record in batch.written.records.values()]
        changed: dict[str, object] = {
            "head": batch.version,
            "max_clock": max([snapshot.max_clock, *clocks]),
            "records": usage.records,
            "tombstones": usage.tombstones,
            "bytes": usage.bytes,
            "fingerprint": None,
            "response": None,
        }
        clock = batch.device_clock
        if clock is not None:
            changed |= {
                "offset_us": clock.offset,
                "offset_at": clock.offset_at,
                "last_sent": clock.last_sent,
                "last_corrected": clock.last_corrected,
            }
        self._heads[key] = {**snapshot.head, **changed}
        self._heads.move_to_end(key)
        if len(self._heads) > self._size:
            self._heads.popitem(last=False)


def look_new(changes: Sequence[ValidChange | InvalidChange]) -> bool:
    """True if the changes seem to create records: puts whose ids are as old as their clocks."""
    ids = set()
    for change in changes:
        if (
            isinstance(change, InvalidChange)
            or change.fast is None
            or change.sent.base_version is not None
            or change.sent.base_clock is not None
            or change.derived_id not in (None, change.id)
            or not _is_of_moment(change.id, change.sent.clock)
        ):
            return False
        ids.add(change.key)
    return len(ids) == len(changes) > 0


def _is_of_moment(id: str, clock: int) -> bool:
    """True if an id is a UUID of version 7 that was made when the clock was read."""
    if id[14] != "7":
        return False
    made_us = int(id[:8] + id[9:13], 16) * 1000
    return abs(clock - made_us) < _MOMENT_US


RECENT_HEADS = RecentHeads()
