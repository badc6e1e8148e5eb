"""A wrong clock is shifted, a clock ahead of the server is clamped, a right one is left alone."""

from sync_server.sync.engine.clock import TOLERANCE_US, clamped, clock_shift, corrected

NOW = 1_795_399_905_123_500
YEAR = 365 * 24 * 3600 * 1_000_000


def test_a_device_less_than_a_minute_off_is_left_alone() -> None:
    assert clock_shift(NOW - TOLERANCE_US, NOW) == 0
    assert clock_shift(NOW + TOLERANCE_US, NOW) == 0
    assert clock_shift(None, NOW) == 0


def test_a_device_a_year_ahead_or_behind_is_brought_to_the_servers_time() -> None:
    for off in (YEAR, -YEAR, TOLERANCE_US + 1, -TOLERANCE_US - 1):
        shift = clock_shift(NOW + off, NOW)
        assert shift == -off
        assert corrected(NOW + off - 5, shift) == NOW - 5
        assert clamped([NOW + off - 5], shift, NOW) == {}


def test_a_clock_still_ahead_is_clamped_to_the_servers_now() -> None:
    ahead = NOW + TOLERANCE_US + 1
    assert clamped([NOW, NOW + TOLERANCE_US], 0, NOW) == {}
    assert clamped([NOW, ahead], 0, NOW) == {ahead: NOW}


def test_clamped_clocks_stay_in_order() -> None:
    assert clamped([NOW + 3 * YEAR, NOW + YEAR, NOW + 2 * YEAR, NOW + YEAR], 0, NOW) == {
        NOW + YEAR: NOW, NOW + 2 * YEAR: NOW + 1, NOW + 3 * YEAR: NOW + 2,
    }  # fmt: skip


def test_a_clock_never_falls_below_one() -> None:
    assert corrected(1, -YEAR) == 1
