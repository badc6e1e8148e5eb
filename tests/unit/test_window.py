"""A sliding window lets through what fits into every stretch of its length, and no more."""

from hypothesis import given
from hypothesis import strategies as st

from sync_server.rate_limit.memory_window import MemoryWindows, WindowCost, WindowState

S = 1_000_000


def cost(limit: int = 3, seconds: int = 10, weight: int = 1, key: str = "a") -> WindowCost:
    return WindowCost(key, limit, seconds, weight)


def test_a_request_leaves_the_window_after_its_length() -> None:
    windows = MemoryWindows()
    for number, at in enumerate((0, 4 * S, 8 * S)):
        (reading,) = windows.charge([cost()], str(number), at)
        assert reading == WindowState(fits=True, left=2 - number, seconds=10 - at // S)
    assert windows.charge([cost()], "3", 9 * S) == [WindowState(fits=False, left=0, seconds=1)]
    assert windows.charge([cost()], "3", 10 * S - 1) == [WindowState(fits=False, left=0, seconds=1)]
    assert windows.charge([cost()], "3", 10 * S) == [WindowState(fits=True, left=0, seconds=4)]


def test_the_same_request_is_charged_once() -> None:
    windows = MemoryWindows()
    readings = [windows.charge([cost(limit=1)], "one", at)[0] for at in range(5)]
    assert {(it.fits, it.left) for it in readings} == {(True, 0)}


def test_a_push_costs_its_weight() -> None:
    windows = MemoryWindows()
    assert windows.charge([cost(limit=10, weight=7)], "a", 0)[0].left == 3
    assert not windows.charge([cost(limit=10, weight=4)], "b", 0)[0].fits
    assert windows.charge([cost(limit=10, weight=3)], "c", 0)[0].left == 0


def test_a_refusal_says_when_there_would_be_room() -> None:
    windows = MemoryWindows()
    for at in range(6):
        windows.charge([cost(limit=6)], str(at), at * S)
    (reading,) = windows.charge([cost(limit=6, weight=4)], "heavy", 5 * S)
    assert reading == WindowState(fits=False, left=0, seconds=8)
    assert windows.charge([cost(limit=6, weight=4)], "heavy", 13 * S)[0].fits


def test_what_is_heavier_than_the_limit_can_pass() -> None:
    windows = MemoryWindows()
    assert windows.charge([cost(limit=5, weight=1000)], "a", 0) == [WindowState(True, 0, 10)]
    assert not windows.charge([cost(limit=5)], "b", 1)[0].fits


def test_when_one_window_refuses_none_is_charged() -> None:
    windows, tight, wide = (
        MemoryWindows(),
        cost(limit=1, key="tight"),
        cost(limit=9, key="wide"),
    )
    assert [it.left for it in windows.charge([tight, wide], "a", 0)] == [0, 8]
    rejected = windows.charge([tight, wide], "b", 1)
    assert [(it.fits, it.left) for it in rejected] == [(False, 0), (True, 8)]


def test_what_is_given_back_was_never_there() -> None:
    windows = MemoryWindows()
    windows.charge([cost(limit=1)], "right", 0)
    windows.refund([cost(limit=1)], "right")
    windows.refund([cost(limit=1)], "right")
    assert windows.charge([cost(limit=1)], "next", 1) == [WindowState(True, 0, 10)]
    assert not windows.charge([cost(limit=1)], "another", 2)[0].fits


def test_the_subjects_that_were_not_seen_for_longest_are_forgotten() -> None:
    windows = MemoryWindows(max_subjects=3)
    for key in "abcad":
        windows.charge([cost(limit=9, key=key)], key, 0)
    assert len(windows) == 3
    assert windows.charge([cost(limit=9, key="a")], "x", 1)[0].left == 7
    assert windows.charge([cost(limit=9, key="b")], "x", 1)[0].left == 8


@given(st.lists(st.tuples(st.integers(0, 3 * S), st.integers(1, 6)), max_size=60))
def test_no_stretch_ever_holds_more_than_the_limit(charges: list[tuple[int, int]]) -> None:
    windows, limit, seconds, now = MemoryWindows(), 8, 5, 0
    passed: list[tuple[int, int]] = []
    for number, (wait, weight) in enumerate(charges):
        now += wait
        inside = sum(it for at, it in passed if at > now - seconds * S)
        (reading,) = windows.charge([cost(limit, seconds, weight)], str(number), now)
        assert reading.fits == (inside + weight <= limit)
        assert reading.left == limit - inside - (weight if reading.fits else 0)
        if reading.fits:
            passed.append((now, weight))
        else:
            later = now + reading.seconds * S
            assert sum(it for at, it in passed if at > later - seconds * S) + weight <= limit
            just_before = later - S
            assert sum(it for at, it in passed if at > just_before - seconds * S) + weight > limit
