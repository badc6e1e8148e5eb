"""Drafts, the results of the parsers: dishes, exercises and foods for the user to confirm."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync_server.ocr.parsing.layout.lines import Box, Line


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Bounding box of a draft's field, and the engine's confidence, 0 to 1."""

    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class DishDraft:
    """Dish of a menu; fields not printed are None. `currency` is an ISO 4217 code."""

    name: str
    sources: Mapping[str, FieldSource]
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
    """One set of an exercise in kg, m and s; fields not written are None.

    `bodyweight` is True for `BW` and `BW+10`; `weight_kg` is then the added weight.
    A range of repetitions is in `reps_min` and `reps_max`, with `reps` None.
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
    """Exercise of a workout sheet; `superset` is the number of its superset.

    `notes` are the remarks in its lines: `per side`, `tempo 3-1-1-0`, `felt easy`.
    """

    exercise: str
    sources: Mapping[str, FieldSource]
    sets: tuple[SetDraft, ...]
    superset: int | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class FoodDraft:
    """Food of a nutrition label.

    `nutrients` are per 100 g by the names of a food's fields and of `schema.nutrients`; those not
    printed are absent. `basis` is the column that they were read from: `100 g`, `100 ml` (a
    millilitre counts as a gram), or `serving`, whose amounts were converted by `serving_g`.
    """

    sources: Mapping[str, FieldSource]
    basis: str
    nutrients: Mapping[str, float]
    name: str | None = None
    serving_name: str | None = None
    serving_g: float | None = None


@dataclass(frozen=True, slots=True)
class BarcodeDraft:
    """Barcode in an image: its digits, and its format, as `EAN-13`."""

    text: str
    format: str


@dataclass(frozen=True, slots=True)
class MenuDraft:
    """Result of the menu parser; `unread` are the unused lines."""

    items: tuple[DishDraft, ...]
    unread: tuple[Line, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class WorkoutDraft:
    """Result of the workout parser; `unread` are the unused lines."""

    items: tuple[ExerciseDraft, ...]
    unread: tuple[Line, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class LabelDraft:
    """Result of the label parser: one food, or none; `unread` are the unused lines.

    `barcodes` are those of the image.
    """

    items: tuple[FoodDraft, ...]
    unread: tuple[Line, ...] = field(default=())
    barcodes: tuple[BarcodeDraft, ...] = field(default=())
