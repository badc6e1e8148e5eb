"""Clocks: the stamps that order writes, and the correction of a device clock that is wrong."""

from collections.abc import Iterable
from typing import NamedTuple

MAX_CLOCK = 2**53 - 1
TOLERANCE_US = 60_000_000


class Stamp(NamedTuple):
    """Clock and device of a register's last write; the greater stamp wins.

    `clock` is in microseconds since the Unix epoch, `device_id` breaks ties.
    """

    clock: int
    device_id: str


NEVER = Stamp(0, "")


def clock_shift(sent_at: int | None, now_us: int) -> int:
    """Microseconds to add to a batch's clocks: zero while the device is less than a minute off."""
    if sent_at is None or abs(now_us - sent_at) <= TOLERANCE_US:
        return 0
    return now_us - sent_at


def corrected(clock: int, shift: int) -> int:
    """The clock as it is merged, unless it is too far ahead of the server."""
    return max(clock + shift, 1)


def clamped(clocks: Iterable[int], shift: int, now_us: int) -> dict[int, int]:
    """Map the clocks that are more than a minute ahead to the clocks that they are merged with.

    They become the server's time, a microsecond apart, so that their order stays the same.
    """
    ahead = {clock for clock in clocks if corrected(clock, shift) > now_us + TOLERANCE_US}
    return {clock: now_us + offset for offset, clock in enumerate(sorted(ahead))}
