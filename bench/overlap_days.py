"""Days with workouts that several sources recorded, and the true workout of each recording.

`docs/reference/same-workouts.md` names the rules. They know nothing of the matching.
"""

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Fields = dict[str, Any]
DAY = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """Session with its sets, and the number of the true workout that it recorded."""

    id: str
    session: Fields
    sets: list[Fields]
    workout: int


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of a workout: names at each source, minutes, metres a minute (0: none)."""

    watch: tuple[str, ...]
    phone: tuple[str, ...]
    hand: tuple[str, ...]
    minutes: tuple[int, int]
    speed: float = 0.0
    lifted: bool = False


KINDS = (
    Kind(("Running", "Trail Running", "Treadmill Running"), ("Running", "Outdoor Run"),
         ("Morning run", "5k", "Lauf", "Interval run", "Easy run", "跑步"), (20, 90), 170),
    Kind(("Cycling", "Indoor Cycling", "Mountain Biking"), ("Cycling", "Biking"),
         ("Bike ride", "Radtour", "Spinning", "Commute by bike"), (25, 180), 400),
    Kind(("Traditional Strength Training", "Strength Training", "Functional Strength Training"),
         ("Workout", "Strength Training"),
         ("Push day", "Leg day", "Pull", "Upper body", "Gym", "Full body A"), (35, 100),
         lifted=True),
    Kind(("Swimming", "Pool Swim", "Open Water Swimming"), ("Swimming",),
         ("Swim", "Schwimmen", "Laps in the pool"), (20, 70), 45),
    Kind(("Walking", "Hiking"), ("Walking",), ("Walk", "Evening walk", "Spaziergang"), (25, 150),
         85),
    Kind(("Yoga", "Pilates"), ("Yoga", "Other"), ("Yoga", "Stretching", "Mobility"), (15, 75)),
    Kind(("Rowing", "Indoor Rowing"), ("Rowing",), ("Rowing", "Erg intervals"), (15, 60), 210),
    Kind(("Elliptical",), ("Elliptical", "Other"), ("Elliptical", "Cross trainer"), (20, 50)),
    Kind(("Tennis", "Badminton"), ("Tennis", "Other"), ("Tennis", "Tennis with Kim"), (45, 120)),
)  # fmt: skip
VAGUE = ("Workout", "Evening workout", "Training", "Session with Sam")
WALK = KINDS[4]
LIFTS = ("Bench Press (Barbell)", "Squat (Barbell)", "Deadlift", "Row", "Leg Press")


@dataclass(slots=True)
class _Day:
    """Recordings of one day as they are made."""

    random: random.Random
    name: str
    decidable: bool
    kinds: list[Kind] = field(default_factory=list)
    found: list[Labelled] = field(default_factory=list)

    def add(
        self, workout: int, name: str, source: str, recorded_by: str,
        times: tuple[float | None, float | None], sets: list[Fields],
    ) -> None:  # fmt: skip
        """Add a recording; times are minutes of the day."""
        session: Fields = {"date": "2026-11-23", "name": name}
        if source:
            session |= {"source": source, "recorded_by": recorded_by}
        for field_name, minute in zip(("started_at", "ended_at"), times, strict=True):
            if minute is not None:
                at = DAY + datetime.timedelta(minutes=minute)
                session[field_name] = at.isoformat(timespec="seconds")
        self.found.append(Labelled(f"{self.name}-{len(self.found)}", session, sets, workout))


def days(seed: int, count: int, *, decidable: bool = True) -> Iterator[list[Labelled]]:
    """Days of recordings, by the rules.

    `decidable` days have entries without a time only where they name a kind, and only one workout
    of the kind is in the day: else nobody could say which workout they are.
    """
    for number in range(count):
        name = f"{seed}-{number}"
        yield _day(_Day(random.Random(name), name, decidable))


def _day(day: _Day) -> list[Labelled]:
    rng = day.random
    minute, workouts = rng.uniform(330, 600), rng.choices((1, 2, 3), (5, 4, 1))[0]
    starts: list[tuple[float, float, Kind]] = []
    for _ in range(workouts):
        kind = rng.choice(KINDS)
        if starts and minute - sum(starts[-1][:2]) < 60:
            kind = rng.choice([it for it in KINDS if it is not starts[-1][2]])
        length = rng.uniform(*kind.minutes)
        starts.append((minute, length, kind))
        # One after the other in a quarter of cases, as a warm-up and a lift.
        minute += length + (rng.uniform(4, 12) if rng.random() < 0.25 else rng.uniform(60, 260))
    day.kinds = [kind for _, _, kind in starts]
    for number, (start, length, kind) in enumerate(starts):
        following = starts[number + 1][0] if number + 1 < len(starts) else 1439.0
        _record(day, number, kind, start, length, following)
    if rng.random() < 0.3:
        _add_walk(day, starts)
    return day.found


def _record(
    day: _Day, number: int, kind: Kind, start: float, length: float, following: float
) -> None:
    """Recordings of one workout, by at least one source."""
    rng, before = day.random, len(day.found)
    if rng.random() < 0.75:
        _by_watch(day, number, kind, start, length, following)
    if rng.random() < 0.35:
        late, early = rng.uniform(0, 8), rng.uniform(-3, 6)
        name = rng.choice(VAGUE[:1] if rng.random() < 0.08 else kind.phone)
        span = (start + late, max(start + length - early, start + late + 5))
        day.add(number, name, "iPhone", "phone", span, [_distance(rng, kind, span)])
    if kind.lifted and rng.random() < 0.5:
        times: tuple[float | None, float | None] = (
            start + rng.uniform(-2, 4), start + length + rng.uniform(-4, 5)
        )  # fmt: skip
        dated = rng.random() < 0.15 and not (day.decidable and day.kinds.count(kind) > 1)
        day.add(number, rng.choice(kind.hand), "fitnotes" if dated else "strong", "app",
                (None, None) if dated else times, _lifts(rng))  # fmt: skip
    if rng.random() < 0.45 or len(day.found) == before:
        _by_hand(day, number, kind, start, length)


def _by_watch(
    day: _Day, number: int, kind: Kind, start: float, length: float, following: float
) -> None:
    """A watch, sometimes with an empty battery, not stopped, or paused into two parts."""
    rng = day.random
    name, chance = rng.choice(kind.watch), rng.random()
    begin, end = start + rng.uniform(-1, 3), start + length + rng.uniform(-3, 5)
    if chance < 0.04:
        end = begin + (end - begin) * rng.uniform(0.55, 0.95)
    elif chance < 0.08:
        end = end + rng.uniform(10, 40)
    elif chance < 0.12 and length > 30:
        middle = begin + (end - begin) * rng.uniform(0.3, 0.6)
        day.add(number, name, "Apple Watch", "watch", (begin, middle),
                [_distance(rng, kind, (begin, middle))])  # fmt: skip
        begin = middle + rng.uniform(2, 6)
    end = min(end, following - 0.5)
    day.add(number, name, "Apple Watch", "watch", (begin, end),
            [_distance(rng, kind, (begin, end))])  # fmt: skip
    if kind is KINDS[1] and rng.random() < 0.3:
        span = (start + rng.uniform(-1, 2), start + length + rng.uniform(-2, 2))
        day.add(number, "Cycling", "garmin edge 530", "watch", span, [_distance(rng, kind, span)])


def _by_hand(day: _Day, number: int, kind: Kind, start: float, length: float) -> None:
    """An entry by hand: rounded times, one of them or none, sometimes a vague name."""
    rng, chance = day.random, day.random.random()
    step = rng.choice((1, 5, 5, 10, 15))
    begin = round((start + rng.uniform(-3, 3)) / step) * step
    end = max(round((start + length + rng.uniform(-4, 4)) / step) * step, begin + step)
    times: tuple[float | None, float | None] = (begin, end)
    if chance < 0.35:
        times = None, None
    elif chance < 0.5:
        times = begin, None
    vague = rng.random() < 0.15
    if day.decidable and times[0] is None:
        vague = False
        if day.kinds.count(kind) > 1:
            times = begin, end
    name = rng.choice(VAGUE if vague else kind.hand)
    sets = _lifts(rng) if kind.lifted and rng.random() < 0.8 else []
    if kind.speed:
        done: Fields = {"exercise_name": name}
        if rng.random() < 0.6:
            done["distance_m"] = max(round(length * kind.speed / 500), 1) * 500.0
        if rng.random() < 0.6:
            done["duration_s"] = max(round(length / 5), 1) * 5 * MINUTE
        sets = [done]
    day.add(number, name, "", "hand", times, sets)


def _add_walk(day: _Day, starts: list[tuple[float, float, Kind]]) -> None:
    """A short walk that a phone recorded by itself, before the first workout or after the last."""
    rng, number = day.random, len(starts)
    first, (last, length, _) = starts[0][0], starts[-1]
    took = rng.uniform(8, 18)
    begin = first - took - rng.uniform(1, 90)
    if rng.random() < 0.5:
        begin = last + length + rng.uniform(8, 60)
    span = (max(begin, 1.0), max(begin, 1.0) + took)
    day.add(number, "Walking", "iPhone", "phone", span, [_distance(rng, WALK, span)])


def _distance(rng: random.Random, kind: Kind, span: tuple[float, float]) -> Fields:
    minutes = span[1] - span[0]
    metres = round(minutes * kind.speed * rng.uniform(0.95, 1.05), 1)
    done: Fields = {"exercise_name": kind.watch[0], "duration_s": round(minutes * MINUTE, 1)}
    return done | ({"distance_m": metres} if metres else {})


def _lifts(rng: random.Random) -> list[Fields]:
    return [
        {"exercise_name": rng.choice(LIFTS), "reps": rng.randint(3, 12), "weight_kg": 60.0}
        for _ in range(rng.randint(3, 15))
    ]
