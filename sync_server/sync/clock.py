"""Clocks: the stamps that order writes, and what is done about a device whose clock is wrong."""

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


def corrected(clock: int, shift: int, now_us: int) -> int:
    """The clock as it is merged: shifted, and never ahead of the server by more than a minute."""
    shifted = max(clock + shift, 1)
    return now_us if shifted > now_us + TOLERANCE_US else shifted
