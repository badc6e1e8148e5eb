"""The clocks of a push, corrected by what is stored of the device and of the records it names."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import structlog
from prometheus_client import Counter, Gauge

from sync_server.sync.engine.changes import InvalidChange, ValidChange
from sync_server.sync.engine.clock import TOLERANCE_US, Correction, DeviceClock, Stamp, correct
from sync_server.sync.engine.field_clocks import stored_clocks
from sync_server.sync.engine.records import StoredRecord
from sync_server.sync.engine.working_set import WorkingSet

CLOCK_BEHIND = Gauge(
    "trackforge_clock_behind_seconds",
    "The server's clock behind the greatest stored clock that its pushes met, 0 if it is not.",
)
CLOCKS_CORRECTED = Counter(
    "trackforge_clocks_corrected_total",
    "Clocks of changes in pushes of devices that were corrected.",
)
log = structlog.get_logger(__name__)


class RecordClocks:
    """The clocks of the stored records that the changes of a push name."""

    def __init__(self, changes: Sequence[ValidChange | InvalidChange], working: WorkingSet) -> None:
        self._working = working
        self._changes: dict[int, list[ValidChange]] = defaultdict(list)
        for change in changes:
            if isinstance(change, ValidChange) and change.offered is None:
                self._changes[change.sent.clock].append(change)

    def below(self, clock: int) -> int:
        """The greatest stored clock below a clock of the push, 0 if there is none."""
        return max(
            (
                stored
                for change in self._changes[clock]
                for record in self._records(change)
                for stored in stored_clocks(record.stamp, record.field_clocks)
                if stored < clock
            ),
            default=0,
        )

    def _records(self, change: ValidChange) -> Iterator[StoredRecord]:
        for key in change.candidate_keys:
            for named in {key, self._working.target(key)}:
                if record := self._working.record(named):
                    yield record


def correct_clocks(
    changes: Sequence[ValidChange | InvalidChange],
    working: WorkingSet,
    device: DeviceClock,
    shift: int,
    now_us: int,
) -> tuple[list[ValidChange | InvalidChange], Correction]:
    """The changes with the clocks that they are merged with, and their correction.

    Those of an offer are the server's own.
    """
    clocks = {
        change.sent.clock
        for change in changes
        if isinstance(change, ValidChange) and change.offered is None
    }
    records = RecordClocks(changes, working) if shift or _ahead(clocks, now_us) else None
    correction = correct(clocks, shift, now_us, device, records.below if records else _none)
    if not correction.changed:
        return list(changes), correction
    CLOCKS_CORRECTED.inc(len(clocks))
    return [_corrected(change, correction) for change in changes], correction


def _ahead(clocks: set[int], now_us: int) -> bool:
    return max(clocks, default=0) > now_us + TOLERANCE_US


def _none(_clock: int) -> int:
    return 0


def _corrected(
    change: ValidChange | InvalidChange, correction: Correction
) -> ValidChange | InvalidChange:
    if isinstance(change, InvalidChange) or change.offered is not None:
        return change
    clock = correction.clock(change.sent.clock)
    return change._replace(stamp=Stamp(clock, change.stamp.device_id))


class ServerClock:
    """The server's clock against the greatest clock that this process has met, of any user."""

    def __init__(self) -> None:
        self._greatest = 0
        self._reported = False

    def report(self, max_clock: int, wall_us: int) -> None:
        """Show how far the clock is behind; log it once, until it has caught up."""
        self._greatest = max(self._greatest, max_clock)
        behind = max(self._greatest - wall_us, 0)
        CLOCK_BEHIND.set(behind / 1e6)
        if behind > TOLERANCE_US and not self._reported:
            log.warning("the server's clock is behind stored clocks", seconds=round(behind / 1e6))
        self._reported = behind > TOLERANCE_US


SERVER_CLOCK = ServerClock()
