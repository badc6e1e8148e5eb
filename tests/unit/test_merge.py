"""Merging ends in the same record whatever the order, the batching and the repeats."""

import random
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from sync_server.sync.engine.clock import Stamp
from sync_server.sync.engine.merge import ABSENT, RecordState, RegisterWrites, merge

DEVICES = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(5)]
REGISTERS = ("date", "name", "notes", "amount")

# Few clocks, so that ties between devices and faulty repeats of one clock do occur.
stamps = st.builds(Stamp, st.integers(1, 6), st.sampled_from(DEVICES))
members = st.dictionaries(st.sampled_from(("a", "b")), st.integers(0, 3) | st.text(max_size=2))
patches = st.builds(
    RegisterWrites, stamps, st.dictionaries(st.sampled_from(REGISTERS), members), st.just(False)
)
puts = st.builds(
    RegisterWrites, stamps, st.fixed_dictionaries(dict.fromkeys(REGISTERS, members)), st.just(False)
)
deletes = st.builds(RegisterWrites, stamps, st.just({}), st.just(True))
writes = st.lists(puts | patches | deletes, min_size=1, max_size=8)


def merged(changes: list[RegisterWrites], start: RecordState = ABSENT) -> RecordState:
    return reduce(lambda state, write: merge(state, write).state, changes, start)


@given(writes, st.randoms(use_true_random=False))
def test_any_order_ends_in_the_same_record(
    changes: list[RegisterWrites], rng: random.Random
) -> None:
    shuffled = changes.copy()
    rng.shuffle(shuffled)
    assert merged(shuffled) == merged(changes)


@given(writes, st.randoms(use_true_random=False))
def test_repeats_change_nothing(changes: list[RegisterWrites], rng: random.Random) -> None:
    once = merged(changes)
    repeats = rng.choices(changes, k=5)
    assert merged(repeats, once) == once
    for write in changes:
        assert merge(once, write).won == 0


@given(writes, st.integers(0, 8))
def test_batching_does_not_matter(changes: list[RegisterWrites], cut: int) -> None:
    assert merged(changes[cut:], merged(changes[:cut])) == merged(changes)


@given(writes)
def test_each_register_holds_what_the_greatest_stamp_wrote(changes: list[RegisterWrites]) -> None:
    state = merged(changes)
    for name in REGISTERS:
        written = [change for change in changes if name in change.registers]
        if not written:
            assert name not in state.registers
            continue
        top = max(change.stamp for change in written)
        candidates = [c.registers[name] for c in written if c.stamp == top]
        assert state.registers[name][0] == top
        assert state.registers[name][1] in candidates
    top = max(change.stamp for change in changes)
    assert state.deletion == top
    assert state.deleted in [change.deleted for change in changes if change.stamp == top]


def write(clock: int, device: int = 0, deleted: bool = False, **registers: int) -> RegisterWrites:
    named = {name: {name: value} for name, value in registers.items()}
    return RegisterWrites(Stamp(clock, DEVICES[device]), named, deleted)


def test_two_offline_edits_of_different_fields_both_survive() -> None:
    state = merged([write(1, date=1, name=1), write(3, 1, name=2), write(2, 2, date=2)])
    assert state.data == {"date": 2, "name": 2}
    assert state.stamp == Stamp(3, DEVICES[1])


def test_a_later_edit_raises_what_was_deleted_and_an_earlier_one_does_not() -> None:
    deleted = merged([write(1, date=1), write(5, 1, deleted=True)])
    assert deleted.deleted
    assert deleted.data == {"date": 1}
    assert merge(deleted, write(4, 2, date=7)).state.deleted
    assert not merge(deleted, write(6, 2, date=7)).state.deleted


def test_a_merge_counts_what_was_won_and_lost() -> None:
    state = merged([write(5, date=1, name=1)])
    both = merge(state, write(4, date=2, notes=2))
    assert (both.won, both.lost) == (1, 1)
    again = merge(both.state, write(5, date=1, name=1))
    assert (again.won, again.lost) == (0, 0)


def test_the_greater_canonical_json_wins_between_two_writes_of_one_stamp() -> None:
    first, second = write(5, date=1), write(5, date=2)
    assert merged([first, second]).data == merged([second, first]).data == {"date": 2}
