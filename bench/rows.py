"""A lifter's log: sessions and sets in the shape and order in which real exports carry them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import NAMESPACE_DNS, uuid5

SETS_PER_SESSION = 19
EXERCISES = (
    ("Bench Press (Barbell)", 92.5, 5),
    ("Overhead Press (Barbell)", 67.5, 8),
    ("Chest Fly", 59.0, 12),
    ("Lateral Raise (Dumbbell)", 16.0, 18),
    ("Bent Over Row (Barbell)", 70.0, 5),
    ("Squat (Barbell)", 120.0, 5),
    ("Romanian Deadlift (Barbell)", 100.0, 8),
    ("Bicep Curl (Dumbbell)", 14.0, 12),
)
# Energy, protein, carbohydrate and fat of 100 g.
FOODS = (
    ("Oats, raw", (379.0, 13.2, 67.7, 6.5)),
    ("Egg, whole, raw", (143.0, 12.6, 0.7, 9.5)),
    ("Chicken breast, raw", (120.0, 22.5, 0.0, 2.6)),
    ("Rice, white, cooked", (130.0, 2.7, 28.2, 0.3)),
    ("Banana, raw", (89.0, 1.1, 22.8, 0.3)),
    ("Milk, whole", (61.0, 3.2, 4.8, 3.3)),
)
SLOTS = ("breakfast", "lunch", "dinner", "snack")
EXERCISE_IDS = tuple(str(uuid5(NAMESPACE_DNS, name)) for name, _, _ in EXERCISES)
FIRST_DAY = date(2023, 4, 4)
# Far enough back for every clock to lie before the server's now.
FIRST_CLOCK = 1_680_000_000_000_000


Kind = Literal["sets", "mixed"]
"""Records of workouts only, or half of them food logs."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it is stored; `data` is JSON text, `clock` is in microseconds."""

    collection: str
    id: str
    clock: int
    day: str | None
    parent_id: str | None
    data: str

    @property
    def change(self) -> str:
        """The record as a change that a device pushes."""
        return (
            f'{{"collection":"{self.collection}","id":"{self.id}","op":"put",'
            f'"clock":{self.clock},"data":{self.data}}}'
        )

    @property
    def stored(self) -> str:
        """The record as an element of what `json_to_recordset` reads."""
        day = f'"{self.day}"' if self.day else "null"
        parent_id = f'"{self.parent_id}"' if self.parent_id else "null"
        return (
            f'{{"collection":"{self.collection}","id":"{self.id}","clock":{self.clock},'
            f'"day":{day},"parent_id":{parent_id},"data":{self.data}}}'
        )


def log_of(count: int, seed: int) -> Iterator[Row]:
    """`count` records, the same for the same seed: a session, its sets, the next session."""
    chance = random.Random(seed)
    clock = FIRST_CLOCK + chance.randrange(10**12)
    session_id, day, begun = "", FIRST_DAY, datetime.min
    for number in range(count):
        clock += 90_000_000
        id = _uuid7(clock // 1000, chance)
        place = number % (SETS_PER_SESSION + 1)
        if place == 0:
            day = FIRST_DAY + timedelta(days=number // (SETS_PER_SESSION + 1) * 2 % 1300)
            begun = datetime(day.year, day.month, day.day, 17, 30, tzinfo=UTC)
            session_id = id
            yield Row("workout_sessions", id, clock, day.isoformat(), None, _session(day, begun))
        else:
            data = _set(session_id, place, begun, chance)
            yield Row("workout_sets", id, clock, None, session_id, data)


def mixed_log_of(count: int, seed: int) -> Iterator[Row]:
    """`count` records of an ordinary life, half of them food logs: a record of each by turns."""
    chance = random.Random(seed)
    training = log_of((count + 1) // 2, seed)
    clock = FIRST_CLOCK + chance.randrange(10**12)
    for number in range(count):
        if number % 2 == 0:
            yield next(training)
            continue
        clock += 9_000_000_000
        day = FIRST_DAY + timedelta(days=number // 24 % 1300)
        name, per_100 = FOODS[chance.randrange(len(FOODS))]
        grams = 10 * chance.randrange(3, 40)
        energy, protein, carbs, fat = (round(part * grams / 100, 1) for part in per_100)
        data = (
            f'{{"date":"{day}","food_id":"{uuid5(NAMESPACE_DNS, name)}","grams":{grams},'
            f'"name":"{name}","energy_kcal":{energy},"protein_g":{protein},"carbs_g":{carbs},'
            f'"fat_g":{fat},"slot":"{SLOTS[number // 2 % len(SLOTS)]}",'
            f'"eaten_at":"{day}T{7 + number // 2 % 14:02}:30:00Z"}}'
        )
        yield Row("food_logs", _uuid7(clock // 1000, chance), clock, day.isoformat(), None, data)


def _session(day: date, begun: datetime) -> str:
    ended = begun + timedelta(minutes=73)
    return (
        f'{{"date":"{day}","name":"{day.isoweekday()}.Push","started_at":"{begun:%FT%TZ}",'
        f'"ended_at":"{ended:%FT%TZ}"}}'
    )


def _set(session_id: str, position: int, begun: datetime, chance: random.Random) -> str:
    which = position // 5
    name, weight, reps = EXERCISES[which]
    done = begun + timedelta(seconds=position * 200)
    return (
        f'{{"session_id":"{session_id}","exercise_id":"{EXERCISE_IDS[which]}",'
        f'"exercise_name":"{name}","position":{position},"kind":"normal",'
        f'"reps":{reps + chance.randrange(3)},"weight_kg":{weight + chance.randrange(8) * 2.5},'
        f'"rpe":{7 + chance.randrange(5) / 2},"completed_at":"{done:%FT%TZ}"}}'
    )


def _uuid7(milliseconds: int, chance: random.Random) -> str:
    text = f"{milliseconds & 0xFFFFFFFFFFFF:012x}{chance.getrandbits(80):020x}"
    return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-8{text[17:20]}-{text[20:]}"
