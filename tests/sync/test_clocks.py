"""Stories: devices whose clocks are a year off."""

import time

import pytest

from .conftest import NewDevice
from .stories import agree, food

YEAR_US = 365 * 24 * 3600 * 1_000_000


def _off_by(years: float) -> object:
    return lambda: time.time_ns() // 1000 + int(years * YEAR_US)


@pytest.mark.parametrize("years", [1, -1, 9, -9])
async def test_a_wrong_clock_neither_wins_for_ever_nor_loses_its_edits(
    new_device: NewDevice, years: float
) -> None:
    phone = await new_device("phone", now_us=_off_by(years))
    tablet = await new_device("tablet")
    id = tablet.put("foods", food())
    await agree(tablet, phone)
    phone.patch("foods", id, {"notes": "phone"})
    await agree(phone, tablet)
    seen = tablet.get("foods", id)
    assert seen is not None
    assert seen["notes"] == "phone"
    tablet.patch("foods", id, {"notes": "tablet"})
    await agree(tablet, phone)
    seen = phone.get("foods", id)
    assert seen is not None
    assert seen["notes"] == "tablet"


@pytest.mark.parametrize("years", [1, -1])
async def test_edits_stamped_by_a_wrong_clock_keep_their_place_among_the_others(
    new_device: NewDevice, years: float
) -> None:
    """The order of edits made offline is the order in which they happened, clocks aside."""
    later_us = 0

    def right() -> int:
        return time.time_ns() // 1000 + later_us

    tablet = await new_device("tablet", now_us=right)
    phone = await new_device("phone", now_us=_off_by(years))
    id = tablet.put("foods", food())
    await tablet.sync()
    await phone.sync()
    phone.patch("foods", id, {"notes": "phone, earlier"})
    # More than what the phone can be wrong about the server's time after one answer.
    later_us = 4_000_000
    tablet.patch("foods", id, {"notes": "tablet, later"})
    await agree(tablet, phone)
    seen = phone.get("foods", id)
    assert seen is not None
    assert seen["notes"] == "tablet, later"


async def test_the_edits_of_one_device_keep_their_order_whatever_its_clock_does(
    new_device: NewDevice,
) -> None:
    offset = 0

    def jumping() -> int:
        return time.time_ns() // 1000 + offset

    phone = await new_device("phone", now_us=jumping)
    tablet = await new_device("tablet")
    id = phone.put("foods", food())
    for step, jump in enumerate((YEAR_US, -YEAR_US, 0, 70_000_000, -70_000_000)):
        offset = jump
        phone.patch("foods", id, {"notes": f"step {step}"})
    await agree(phone, tablet)
    seen = tablet.get("foods", id)
    assert seen is not None
    assert seen["notes"] == "step 4"
