"""Openings of streams: some at once, then so many a second, and a rejection beyond."""

import pytest

from sync_server.sync.notify.stream_openings import (
    AT_ONCE,
    INTERVAL_S,
    SPACING_S,
    StreamOpenings,
)
from sync_server.web.errors import TooManyInFlight


def test_so_many_open_at_once_and_the_next_wait_longer_and_longer() -> None:
    openings = StreamOpenings(wait_s=2.0)
    assert [openings.reserve("ann", 100.0) for _ in range(AT_ONCE)] == [0.0] * AT_ONCE
    assert [openings.reserve("ann", 100.0) for _ in range(5)] == [0.5, 1.0, 1.5, 2.0, None]
    assert openings.reserve("bob", 100.0) == 0.0
    assert openings.reserve("ann", 100.0 + INTERVAL_S) == 2.0


def test_after_a_while_all_are_free_again() -> None:
    openings = StreamOpenings(wait_s=2.0)
    for _ in range(AT_ONCE + 4):
        openings.reserve("ann", 100.0)
    later = 100.0 + (AT_ONCE + 4) * INTERVAL_S
    assert [openings.reserve("ann", later) for _ in range(AT_ONCE)] == [0.0] * AT_ONCE


def test_rejections_are_some_time_apart() -> None:
    openings = StreamOpenings(wait_s=2.0)
    times = [openings.reject("ann", 100.0) for _ in range(200)]
    assert times == pytest.approx([101.0 + number * SPACING_S for number in range(200)])
    assert openings.reject("bob", 100.0) == 101.0


async def test_too_many_are_rejected_and_nothing_is_remembered_of_others() -> None:
    openings = StreamOpenings(wait_s=0.01)
    for _ in range(AT_ONCE):
        await openings.wait("ann")
    with pytest.raises(TooManyInFlight) as rejected:
        await openings.wait("ann")
    assert rejected.value.headers == {"Retry-After": "1"}
    openings._forget(float("inf"))
    assert not openings._due
    assert not openings._rejected
