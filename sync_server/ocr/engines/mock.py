"""Mock engine: generates a menu, a sheet or a label from the image's digest, always the same one.

For tests, recordings and apps under development: no models, no delay. Its lines go through the
same parsers as recognized ones.
"""

import random
from collections.abc import Callable, Sequence

from sync_server.ocr.engines.interface import ImageKind, Photo
from sync_server.ocr.parsing.layout.lines import Line

SECTIONS = {
    "STARTERS": ("Tomato soup", "Green salad", "Garlic bread", "Hummus with vegetables"),
    "MAINS": ("Grilled salmon", "Chicken curry", "Lentil stew", "Beef burger", "Spinach lasagne"),
    "DESSERTS": ("Apple pie", "Chocolate mousse", "Fruit salad", "Rice pudding"),
}
EXERCISES = {
    "Barbell Squat": (60, 140),
    "Barbell Bench Press - Medium Grip": (40, 110),
    "Barbell Deadlift": (80, 180),
    "Bent Over Barbell Row": (40, 90),
    "Barbell Curl": (20, 40),
}
ROW_HEIGHT, TEXT_HEIGHT, LETTER = 60.0, 36.0, 18.0
LEFT, RIGHT = 40.0, 700.0


def mock_lines(photo: Photo) -> list[Line]:
    """Generated lines for the image's digest."""
    chance = random.Random(f"{photo.kind} {photo.digest}")
    group_rows = _ROWS[photo.kind](chance)
    return [
        _line(text, x, ROW_HEIGHT * (1 + number), round(chance.uniform(0.9, 1.0), 3))
        for number, row in enumerate(group_rows)
        for x, text in zip((LEFT, RIGHT), row, strict=False)
    ]


def _menu(chance: random.Random) -> list[Sequence[str]]:
    group_rows: list[Sequence[str]] = []
    for section, dishes in SECTIONS.items():
        group_rows.append((section,))
        for dish in chance.sample(dishes, 2):
            group_rows.append((dish, f"€ {chance.randint(8, 60) / 2:.2f}"))
    return group_rows


def _sheet(chance: random.Random) -> list[Sequence[str]]:
    group_rows: list[Sequence[str]] = []
    for exercise in chance.sample(list(EXERCISES), 3):
        lightest, heaviest = EXERCISES[exercise]
        weight = chance.randrange(lightest, heaviest, 5)
        group_rows.append(
            (exercise, f"{chance.randint(2, 5)}x{chance.randint(5, 12)} @ {weight}kg")
        )
    return group_rows


def _label(chance: random.Random) -> list[Sequence[str]]:
    fat, carbs, protein = (chance.randint(1, limit) for limit in (30, 60, 25))
    energy = 9 * fat + 4 * carbs + 4 * protein
    return [
        ("Nutrition", "per 100 g"),
        ("Energy", f"{round(4.184 * energy)} kJ / {energy} kcal"),
        ("Fat", f"{fat} g"),
        ("Carbohydrate", f"{carbs} g"),
        ("Protein", f"{protein} g"),
        ("Salt", f"{chance.randint(1, 20) / 10:.1f} g"),
    ]


_ROWS: dict[ImageKind, Callable[[random.Random], list[Sequence[str]]]] = {
    "menu": _menu, "workout": _sheet, "label": _label,
}  # fmt: skip


def _line(text: str, x: float, y: float, score: float) -> Line:
    right, below = x + LETTER * len(text), y + TEXT_HEIGHT
    return Line(text, score, ((x, y), (right, y), (right, below), (x, below)))
