"""Wrong clocks are corrected: in order, after what a device saw, by its least offset."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from sync_server.sync.engine.clock import TOLERANCE_US, Correction, DeviceClock, correct
from sync_server.sync.push.clocks import ServerClock
from tests.support.metrics import metric

NOW = 1_790_000_000_000_000
SECOND = 1_000_000
DAY = 86_400 * SECOND
YEAR = 365 * DAY


def test_a_device_within_a_minute_is_not_shifted() -> None:
    for offset in (-TOLERANCE_US, 0, TOLERANCE_US):
        assert DeviceClock().observe(NOW - offset, NOW).shift == 0
    assert DeviceClock().observe(None, NOW) == DeviceClock()


def test_a_device_that_is_off_is_shifted_by_its_offset() -> None:
    for off in (-YEAR, -TOLERANCE_US - 1, TOLERANCE_US + 1, YEAR):
        shift = DeviceClock().observe(NOW + off, NOW).shift
        assert shift == -off
        assert correct([NOW + off - 5], shift, NOW).clock(NOW + off - 5) == NOW - 5


def test_a_right_clock_is_left_alone() -> None:
    assert correct([NOW - YEAR, NOW, NOW + TOLERANCE_US], 0, NOW) == Correction()


def test_a_clock_still_ahead_becomes_the_servers_now() -> None:
    ahead = NOW + TOLERANCE_US + 1
    assert correct([ahead], 0, NOW).clock(ahead) == NOW


def test_clocks_on_both_sides_of_the_limit_keep_their_order() -> None:
    clocks = [NOW, NOW + TOLERANCE_US, NOW + TOLERANCE_US + 1, NOW + YEAR]
    corrected = [correct(clocks, 0, NOW).clock(clock) for clock in clocks]
    assert corrected == [NOW, NOW + TOLERANCE_US, NOW + TOLERANCE_US + 1, NOW + TOLERANCE_US + 2]


def test_a_slow_request_does_not_make_an_offset_greater() -> None:
    hour = 3_600 * SECOND
    known = DeviceClock().observe(NOW + hour, NOW)
    slow = known.observe(NOW + hour + 10 * SECOND, NOW + 15 * SECOND)
    assert slow.shift == -hour
    assert slow.observe(NOW + hour + 20 * SECOND, NOW + 19 * SECOND).shift == -hour - SECOND


def test_an_offset_is_given_up_after_a_day_or_when_a_clock_was_set_back() -> None:
    known = DeviceClock().observe(NOW + YEAR, NOW)
    assert known.observe(NOW + SECOND, NOW + SECOND).shift == 0
    later = NOW + DAY + 2
    assert known.observe(later + YEAR - 5 * SECOND, later).shift == -YEAR + 5 * SECOND


def test_a_clock_that_was_sent_as_greater_than_a_stored_one_stays_greater() -> None:
    hour = 3_600 * SECOND
    stored = NOW - 5
    correction = correct([NOW], -hour, NOW - hour, stored=lambda _clock: stored)
    assert correction.clock(NOW) == stored + 1


def test_a_later_push_stays_after_one_that_was_corrected_further() -> None:
    late = DeviceClock().observe(NOW - 305 * SECOND, NOW)
    first = correct([NOW - 300 * SECOND], late.shift, NOW, late)
    device = late.corrected(first).observe(NOW - 297 * SECOND, NOW + 3 * SECOND)
    assert device.shift == 300 * SECOND
    second = correct([NOW - 298 * SECOND], device.shift, NOW + 3 * SECOND, device)
    assert second.clock(NOW - 298 * SECOND) > first.clock(NOW - 300 * SECOND)


def test_a_right_device_is_stored_once_an_hour() -> None:
    known = DeviceClock().observe(NOW - 100, NOW)
    assert known.differs(DeviceClock())
    assert not known.observe(NOW + SECOND - 50, NOW + SECOND).differs(known)
    hour = 3_601 * SECOND
    assert known.observe(NOW + hour - 50, NOW + hour).differs(known)


def test_a_server_that_is_behind_is_logged_once_and_shown() -> None:
    clock = ServerClock()
    with capture_logs() as logs:
        clock.report(NOW - SECOND, NOW)
        assert metric("trackforge_clock_behind_seconds") == 0
        clock.report(NOW + 90 * SECOND, NOW)
        clock.report(0, NOW + SECOND)  # a push of another user, who has no such clock
        assert metric("trackforge_clock_behind_seconds") == 89
        clock.report(NOW + 91 * SECOND, NOW + 2 * SECOND)
    assert [line["seconds"] for line in logs] == [90]
    clock.report(0, NOW + DAY)
    assert metric("trackforge_clock_behind_seconds") == 0


CLOCKS = st.integers(NOW - YEAR, NOW + YEAR)


@given(
    st.lists(CLOCKS, min_size=1, max_size=8),
    st.integers(-2 * YEAR, 2 * YEAR),
    CLOCKS,
    st.lists(CLOCKS, max_size=4),
    CLOCKS,
    CLOCKS,
)
def test_order_and_causality_hold_whatever_the_clocks(
    clocks: list[int], shift: int, now: int, records: list[int], sent: int, corrected: int
) -> None:
    device = DeviceClock(0, now, sent, corrected)

    def below(clock: int) -> int:
        return max((stored for stored in records if stored < clock), default=0)

    correction = correct(clocks, shift, now, device, below)
    results = [correction.clock(clock) for clock in sorted(set(clocks))]
    assert all(left < right for left, right in itertools.pairwise(results))
    for clock in clocks:
        assert correction.clock(clock) > below(clock)
        assert clock <= sent or correction.clock(clock) > corrected
