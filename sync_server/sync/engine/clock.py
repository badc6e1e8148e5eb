"""Clocks: the stamps that order writes, and what is done about a device whose clock is wrong."""

from collections.abc import Iterable
from typing import NamedTuple

MAX_CLOCK = 2**53 - 1
TOLERANCE_US = 60_000_000


class Stamp(NamedTuple):
    """When and where a register was written; the greater stamp wins.

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
    """The clock as it is merged, where it is not too far ahead of the server."""
    return max(clock + shift, 1)


def clamped(clocks: Iterable[int], shift: int, now_us: int) -> dict[int, int]:
    """The clocks of a batch that are more than a minute ahead, and those that they are merged as.

    They become the server's now, microseconds apart: a device's later write stays its later one.
    """
    ahead = {clock for clock in clocks if corrected(clock, shift) > now_us + TOLERANCE_US}
    return {clock: now_us + place for place, clock in enumerate(sorted(ahead))}
