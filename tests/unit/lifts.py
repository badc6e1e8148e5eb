"""Workouts for tests: of sets as short as a line of a training log."""

import datetime
from typing import Any

from hypothesis import strategies as st

from sync_server.progress.workouts import Details, Set, Workout

IDS = ("a", "b", "c")


def done(reps: int | None = None, weight_kg: float | None = None, **fields: Any) -> Set:
    """A set, of the exercise `a` unless another is named."""
    return Set(**{"exercise_id": "a", "reps": reps, "weight_kg": weight_kg} | fields)


def workout(date: str, *sets: Set, id: str = "", **details: Any) -> Workout:
    """A workout, its id its day's unless it is given."""
    return Workout(id or date, datetime.date.fromisoformat(date), Details(**details), sets)


_sets = st.builds(
    Set,
    exercise_id=st.sampled_from(IDS),
    kind=st.sampled_from(("normal", "warmup", "drop", "failure")),
    position=st.integers(0, 5),
    reps=st.none() | st.integers(0, 20),
    weight_kg=st.none() | st.integers(-40, 800).map(lambda quarters: quarters / 4),
    duration_s=st.none() | st.integers(0, 100).map(float),
    distance_m=st.none() | st.integers(0, 100).map(float),
)
_details = st.builds(
    Details,
    bodyweight_kg=st.none() | st.integers(60, 90).map(float),
    started_at=st.none() | st.just("2026-11-23T23:00:00Z"),
    ended_at=st.none() | st.just("2026-11-24T00:10:00Z"),
)
_dates = st.dates(datetime.date(2026, 10, 1), datetime.date(2027, 1, 31))
workouts = st.lists(
    st.builds(Workout, st.uuids().map(str), _dates, _details, st.lists(_sets, max_size=5)),
    max_size=8,
).map(lambda found: sorted(found, key=lambda it: it.day))
"""Workouts in the order of their days."""
