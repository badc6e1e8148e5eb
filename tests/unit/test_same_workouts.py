"""One workout from many sources: labelled days, hard cases, and independence of the order."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.overlap_cases import cases
from bench.overlap_days import Labelled, days
from bench.overlaps import TUNED, UNTUNED, score
from sync_server.formulas.activity_families import family_of
from sync_server.formulas.recording import RECORDERS, Recording
from sync_server.formulas.recordings import duplicates
from sync_server.formulas.same_workouts import MAX_COMPARED, same_workouts


def found(day: Sequence[Labelled], priority: Sequence[str] = ()) -> dict[str, str]:
    return duplicates(((it.id, it.session, it.sets) for it in day), priority)


@pytest.mark.parametrize("seed", [TUNED, UNTUNED])
def test_labelled_days_are_matched(seed: int) -> None:
    result = score(days(seed, 300)).to_json()
    assert result["repeated"] > 300
    assert result["f1"] >= 0.99


@pytest.mark.parametrize(("name", "day"), list(cases()))
def test_hard_cases_are_matched(name: str, day: list[Labelled]) -> None:
    result = score([day])
    assert (result.wrong, result.missed) == (0, 0), name


def test_the_priority_decides_which_one_counts() -> None:
    hand, watch, phone = (
        "watch, phone and hand 2",
        "watch, phone and hand 0",
        "watch, phone and hand 1",
    )
    day = dict(cases())["watch, phone and hand"]
    assert found(day) == {watch: hand, phone: hand}
    assert found(day, ["watch"]) == {hand: watch, phone: watch}
    assert found(day, ["phone", "watch"]) == {hand: phone, watch: phone}
    assert found(day, ["app", "nothing"]) == found(day)


def test_a_day_without_a_recording_of_another_source_has_none() -> None:
    day = dict(cases())["two entries by hand at one time"]
    assert found(day) == {}


_TIMES = st.one_of(st.none(), st.floats(0, 86_400))
_RECORDINGS = st.lists(
    st.builds(
        Recording,
        st.uuids().map(str),
        st.sampled_from(["", "strong", "Apple Watch", "iPhone"]),
        st.sampled_from(RECORDERS),
        st.sampled_from([None, "foot", "walking", "strength", "cycling"]),
        _TIMES,
        _TIMES,
        st.one_of(st.none(), st.floats(0, 10_000)),
        st.one_of(st.none(), st.floats(0, 50_000)),
    ),
    max_size=8,
    unique_by=lambda it: it.id,
)


@given(_RECORDINGS, st.randoms(), st.lists(st.sampled_from([*RECORDERS, "iPhone"]), unique=True))
def test_the_order_of_arrival_does_not_matter(
    recordings: list[Recording], rng: random.Random, priority: list[str]
) -> None:
    first = same_workouts(recordings, priority)
    rng.shuffle(recordings)
    assert same_workouts(recordings, priority) == first
    ids = {it.id for it in recordings}
    assert first.keys() < ids or not recordings
    assert set(first.values()) <= ids - first.keys()
    sources = {it.id: it.source for it in recordings}
    assert all(sources[id] or sources[better] for id, better in first.items())


def test_a_day_of_very_many_recordings_is_bounded() -> None:
    many = [Recording(str(n), f"source {n}", "watch", None, 0.0, 60.0) for n in range(2000)]
    assert len(same_workouts(many)) == MAX_COMPARED - 1


@pytest.mark.parametrize(
    ("name", "family"),
    [("Trail Running", "foot"), ("Evening walk", "walking"), ("5k", "foot"), ("跑步", "foot"),
     ("Evening Workout", None), ("Radtour", "cycling"), ("Cross trainer", "machine"),
     ("Run and swim", None)],
)  # fmt: skip
def test_names_have_families(name: str, family: str | None) -> None:
    assert family_of(name, [], lifted=False) == family
    assert family_of(name, [], lifted=True) == "strength"
    assert family_of("Session", [name], lifted=False) == family
