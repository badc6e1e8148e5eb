"""A device's clock: stamps that only grow, also when the user sets the time."""

from collections.abc import Callable, Iterator

import pytest

from trackforge_client.device.clock import MAX_CLOCK, Clock, next_clock
from trackforge_client.device.store import Store

NOW = 1_795_399_905_000_000
SECOND = 1_000_000
YEAR = 365 * 86_400 * SECOND


class Wall:
    """A wall clock that can be set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store(":memory:")
    yield opened
    opened.close()


def queue(store: Store, clock: Clock) -> int:
    stamp = clock.stamp()
    store.connection.execute(
        "INSERT INTO outbox (collection, id, op, clock, data, schema_version)"
        " VALUES ('exercises', 'x', 'put', ?, '{}', 1)",
        (stamp,),
    )
    return stamp


def queued(store: Store) -> list[int]:
    return [row[0] for row in store.connection.execute("SELECT clock FROM outbox ORDER BY seq")]


@pytest.mark.parametrize(
    ("now", "seen", "stamp"),
    [(10, 0, 10), (10, 10, 11), (10, 50, 51), (MAX_CLOCK + 5, 0, MAX_CLOCK)],
)
def test_a_stamp_is_the_time_or_just_after_the_last(now: int, seen: int, stamp: int) -> None:
    assert next_clock(now, seen) == stamp


def test_stamps_grow_although_time_stands_still(store: Store) -> None:
    clock = Clock(store, Wall())
    assert [clock.stamp() for _ in range(3)] == [NOW, NOW + 1, NOW + 2]
    clock.observe(NOW + 100, "pulled")
    clock.observe(NOW + 50, "pulled")
    assert clock.stamp() == NOW + 101
    assert Clock(store, Wall()).stamp() == NOW + 102


def test_small_differences_are_let_be(store: Store) -> None:
    wall = Wall()
    clock = Clock(store, wall)
    sent = clock.now()
    wall.now += 100 * SECOND  # a slow answer
    clock.correct(NOW - 50 * SECOND, sent)
    clock.correct(NOW + 150 * SECOND, sent)
    assert clock.now() == wall.now


@pytest.mark.parametrize("off_by", [-YEAR, YEAR])
def test_a_wrong_clock_is_set_right_with_all_that_it_stamped(store: Store, off_by: int) -> None:
    wall = Wall()
    wall.now += off_by
    clock = Clock(store, wall)
    first = queue(store, clock)
    wall.now += 3600 * SECOND
    second = queue(store, clock)
    clock.correct(NOW + 3600 * SECOND, clock.now())
    assert queued(store) == [NOW, NOW + 3600 * SECOND]
    assert second - first == 3600 * SECOND
    assert clock.stamp() > NOW + 3600 * SECOND
    assert clock.now() == NOW + 3600 * SECOND


def test_writes_of_a_future_that_was_set_right_keep_their_order(store: Store) -> None:
    wall = Wall()
    clock = Clock(store, wall)
    queue(store, clock)
    wall.now += 9 * YEAR
    queue(store, clock)
    wall.now = NOW + SECOND  # the user corrects the clock
    queue(store, clock)
    clock.restamp_future()
    stamps = queued(store)
    assert stamps == sorted(set(stamps))
    assert stamps[-1] <= NOW + 2 * SECOND
    assert clock.stamp() == stamps[-1] + 1


@pytest.mark.parametrize("setting", [lambda now: now, lambda now: now - 10 * SECOND])
def test_good_stamps_are_left_alone(store: Store, setting: Callable[[int], int]) -> None:
    wall = Wall()
    clock = Clock(store, wall)
    stamps = [queue(store, clock) for _ in range(3)]
    wall.now = setting(wall.now)
    clock.restamp_future()
    assert queued(store) == stamps


def test_what_waits_stays_after_what_was_sent(store: Store) -> None:
    wall = Wall()
    clock = Clock(store, wall)
    clock.observe(NOW, "sent")
    wall.now += SECOND
    first, second = queue(store, clock), queue(store, clock)
    clock.correct(NOW - 61 * SECOND, clock.now())
    assert queued(store) == [NOW + 1, NOW + 2]
    assert first < second
    assert clock.stamp() == NOW + 3
