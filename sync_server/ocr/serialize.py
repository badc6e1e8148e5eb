"""Drafts as JSON: what was read, where, how surely, and what it may mean."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict

from sync_server.ocr.parsing.drafts import Dish, ExerciseDraft, Menu, Seen, Workout
from sync_server.ocr.parsing.layout.lines import Box
from sync_server.ocr.suggestions import Match

Matches = Mapping[str, Sequence[Match]]
HEADINGS = ("section", "superset")
DISH_FIELDS = (
    "section", "name", "description", "price", "currency",
    "energy_kcal", "protein_g", "carbs_g", "fat_g",
)  # fmt: skip


def names_of(draft: Menu | Workout) -> list[str]:
    """The names to look for in the catalogue."""
    if isinstance(draft, Menu):
        return [dish.name for dish in draft.items]
    return [item.exercise for item in draft.items]


def tell(draft: Menu | Workout, matches: Matches) -> dict[str, object]:
    """`{items, unread}` of a draft."""
    if isinstance(draft, Menu):
        items = [_dish(dish, matches) for dish in draft.items]
    else:
        items = [_exercise(item, matches) for item in draft.items]
    return {"items": items, "unread": [line.text for line in draft.unread]}


def _dish(dish: Dish, matches: Matches) -> dict[str, object]:
    fields = {name: getattr(dish, name) for name in DISH_FIELDS}
    return fields | _seen(dish.seen) | {"matches": matches.get(dish.name, [])}


def _exercise(item: ExerciseDraft, matches: Matches) -> dict[str, object]:
    fields = {
        "exercise": item.exercise,
        "superset": item.superset,
        "notes": item.notes,
        "sets": [asdict(one) for one in item.sets],
    }
    return fields | _seen(item.seen) | {"matches": matches.get(item.exercise, [])}


def _seen(seen: Mapping[str, Seen]) -> dict[str, object]:
    """An item is as sure as its least sure field, and stands where all of them are.

    A heading above it is read with it, but is not part of it.
    """
    own = [one for name, one in seen.items() if name not in HEADINGS]
    return {
        "confidence": round(min(one.confidence for one in own), 3),
        "box": _around([one.box for one in own]),
        "fields": {
            name: {"confidence": round(one.confidence, 3), "box": _whole(one.box)}
            for name, one in seen.items()
        },
    }


def _around(boxes: Iterable[Box]) -> list[int]:
    ends: tuple[Callable[[Iterable[float]], float], ...] = (min, min, max, max)
    left, top, right, bottom = (
        end(sides) for end, sides in zip(ends, zip(*boxes, strict=True), strict=True)
    )
    return _whole((left, top, right, bottom))


def _whole(box: Box) -> list[int]:
    return [round(side) for side in box]
