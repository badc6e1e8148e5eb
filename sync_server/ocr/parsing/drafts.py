"""What is made of the lines: dishes and exercises, to be confirmed by a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync_server.ocr.parsing.layout.lines import Box, Line


@dataclass(frozen=True, slots=True)
class Seen:
    """Where one field of a draft was read, and how sure the engine is of it, 0 to 1."""

    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class Dish:
    """A line of a menu; what was not printed is None. `currency` is an ISO 4217 code."""

    name: str
    seen: Mapping[str, Seen]
    section: str | None = None
    description: str | None = None
    price: float | None = None
    currency: str | None = None
    energy_kcal: float | None = None
    protein_g: float | None = None
    carbs_g: float | None = None
    fat_g: float | None = None


@dataclass(frozen=True, slots=True)
class SetDraft:
    """One set of an exercise; masses in kg, lengths in m, times in s; None was not written.

    `bodyweight` is true for `BW` and `BW+10`, whose `weight_kg` is then what was added.
    A range of repetitions stands in `reps_min` and `reps_max`, and `reps` is None.
    """

    kind: str = "normal"
    reps: int | None = None
    reps_min: int | None = None
    reps_max: int | None = None
    weight_kg: float | None = None
    bodyweight: bool = False
    duration_s: int | None = None
    distance_m: float | None = None
    rpe: float | None = None
    rir: int | None = None
    rest_s: int | None = None


@dataclass(frozen=True, slots=True)
class ExerciseDraft:
    """An exercise of a workout sheet with its sets; `superset` numbers those done in turns.

    `notes` is what else stands in its lines: `per side`, `tempo 3-1-1-0`, `felt easy`.
    """

    exercise: str
    seen: Mapping[str, Seen]
    sets: tuple[SetDraft, ...]
    superset: int | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """What a menu says; `unread` are the lines that became no part of a dish."""

    items: tuple[Dish, ...]
    unread: tuple[Line, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Workout:
    """What a workout sheet says; `unread` are the lines that became no part of an exercise."""

    items: tuple[ExerciseDraft, ...]
    unread: tuple[Line, ...] = field(default=())
