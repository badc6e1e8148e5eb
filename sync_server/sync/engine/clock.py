"""Clocks: the stamps that order writes, and the correction of clocks that are wrong."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

MIN_CLOCK = 1_420_070_400_000_000
"""2015-01-01T00:00Z. A smaller clock is not in microseconds."""
MAX_CLOCK = 2**53 - 1
TOLERANCE_US = 60_000_000
_OFFSET_LIFETIME_US = 86_400_000_000
_MAX_DELAY_US = 600_000_000
_NOTICEABLE_US = 1_000_000
_RENEWAL_US = 3_600_000_000


class Stamp(NamedTuple):
    """Clock and device of a register's last write; the greater stamp wins.

    `clock` is in microseconds since the Unix epoch, `device_id` breaks ties.
    """

    clock: int
    device_id: str


NEVER = Stamp(0, "")


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """The clock of a device as the server knows it; all in microseconds.

    `offset` is the least time of receipt minus time of sending that was seen lately, at
    `offset_at`. `last_sent` is the greatest clock that was corrected forward, `last_corrected`
    the clock that it became.
    """

    offset: int | None = None
    offset_at: int = 0
    last_sent: int = 0
    last_corrected: int = 0

    def observe(self, sent_at: int | None, received_at: int) -> "DeviceClock":
        """The clock after a push.

        A slow network makes an offset greater, never less: the least one is the best estimate. It
        is given up after a day, and when the new one is greater by more than a request can take:
        then a clock was set back.
        """
        if sent_at is None:
            return self
        offset = received_at - sent_at
        known = self.offset
        if (
            known is None
            or offset <= known
            or offset > known + _MAX_DELAY_US
            or received_at > self.offset_at + _OFFSET_LIFETIME_US
        ):
            return DeviceClock(offset, received_at, self.last_sent, self.last_corrected)
        return self

    def corrected(self, correction: "Correction") -> "DeviceClock":
        """The clock after a push with this correction."""
        forward = [sent for sent, clock in correction.changed.items() if clock > sent]
        last = max(forward, default=0)
        if last <= self.last_sent:
            return self
        return DeviceClock(self.offset, self.offset_at, last, correction.changed[last])

    def differs(self, stored: "DeviceClock") -> bool:
        """True if storing it is worth a write: an estimate that improves by little is not."""
        if self.last_sent != stored.last_sent or (self.offset is None) != (stored.offset is None):
            return True
        improved = abs((self.offset or 0) - (stored.offset or 0)) > _NOTICEABLE_US
        return improved or self.offset_at > stored.offset_at + _RENEWAL_US

    @property
    def shift(self) -> int:
        """Microseconds to add to the device's clocks: zero while it is less than a minute off."""
        return self.offset if self.offset and abs(self.offset) > TOLERANCE_US else 0


@dataclass(frozen=True, slots=True)
class Correction:
    """The clocks of one push as they are merged. `changed` maps the clocks that differ."""

    shift: int = 0
    changed: Mapping[int, int] = field(default_factory=dict)

    def clock(self, clock: int) -> int:
        """A clock of the push as it is merged."""
        return self.changed.get(clock, clock)

    def guesses(self, clock: int) -> tuple[int, int]:
        """The clocks that a device's earlier clock may have become."""
        return self.clock(clock), clock + self.shift


def correct(
    clocks: Iterable[int],
    shift: int,
    now_us: int,
    device: DeviceClock = DeviceClock(),
    stored: Callable[[int], int] = lambda _clock: 0,
) -> Correction:
    """The correction of a push's clocks.

    Every clock is shifted, and one that is still more than a minute ahead of `now_us` becomes
    `now_us`. But corrected clocks have the order of the sent ones, in the push and after earlier
    corrected ones of the device; and a clock that was sent as greater than a stored one stays
    greater: `stored` has, for a clock, the greatest stored one below it of the records that its
    changes name.
    """
    sent = sorted(set(clocks))
    begins_after = not sent or sent[0] > device.last_corrected or sent[-1] <= device.last_sent
    if not shift and begins_after and (not sent or sent[-1] <= now_us + TOLERANCE_US):
        return Correction()
    changed = {}
    previous = 0
    for clock in sent:
        corrected = clock + shift
        if corrected > now_us + TOLERANCE_US:
            corrected = now_us
        minimum = previous + 1
        if clock > device.last_sent:
            minimum = max(minimum, device.last_corrected + 1)
        if corrected < clock:
            minimum = max(minimum, stored(clock) + 1)
        previous = changed[clock] = max(corrected, minimum)
    return Correction(shift, changed)
