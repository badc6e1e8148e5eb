"""JSON of drafts and jobs: fields, confidences, boxes and suggestions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from schema.nutrients import ALL_NUTRIENTS
from sync_server.ocr.parsing.drafts import (
    DishDraft,
    ExerciseDraft,
    FieldSource,
    FoodDraft,
    LabelDraft,
    MenuDraft,
    WorkoutDraft,
)
from sync_server.ocr.parsing.layout.lines import Box
from sync_server.ocr.queries import Job
from sync_server.ocr.suggestions import Suggestion

Suggestions = Mapping[str, Sequence[Suggestion]]
HEADINGS = ("section", "superset")
DISH_FIELDS = (
    "section", "name", "description", "price", "currency",
    "energy_kcal", "protein_g", "carbs_g", "fat_g",
)  # fmt: skip


AnyDraft = MenuDraft | WorkoutDraft | LabelDraft


def names_of(draft: AnyDraft) -> list[str]:
    """Names to search in the catalogue."""
    if isinstance(draft, MenuDraft):
        return [dish.name for dish in draft.items]
    if isinstance(draft, LabelDraft):
        return []
    return [item.exercise for item in draft.items]


def barcodes_of(draft: AnyDraft) -> list[str]:
    """Barcodes to look up among the user's foods."""
    return [it.text for it in draft.barcodes] if isinstance(draft, LabelDraft) else []


def serialize_draft(draft: AnyDraft, matches: Suggestions) -> dict[str, object]:
    """JSON members of a draft: `items` and `unread`; of a label also `barcodes`.

    `matches` are suggestions by name, and foods by barcode.
    """
    unread = [line.text for line in draft.unread]
    if isinstance(draft, MenuDraft):
        return {"items": [_dish(dish, matches) for dish in draft.items], "unread": unread}
    if isinstance(draft, WorkoutDraft):
        return {"items": [_exercise(item, matches) for item in draft.items], "unread": unread}
    barcodes = [
        {"barcode": it.text, "format": it.format, "foods": matches.get(it.text, [])}
        for it in draft.barcodes
    ]
    only = draft.barcodes[0].text if len(draft.barcodes) == 1 else None
    return {
        "items": [_food(food, only) for food in draft.items],
        "barcodes": barcodes,
        "unread": unread,
    }


def serialize_job(job: Job, upcoming: int) -> dict[str, Any]:
    """JSON members of a job; `ahead` is the number of jobs before it in the queue."""
    return {
        "id": job.id,
        "kind": job.kind,
        "provider": job.provider,
        "state": "queued" if job.state == "arriving" else job.state,
        "progress": {"ahead": upcoming, "attempts": job.attempts},
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "expires_at": job.expires_at,
        "failure": job.failure,
        "result": orjson.Fragment(job.result) if job.result else None,
    }


def _dish(dish: DishDraft, matches: Suggestions) -> dict[str, object]:
    fields = {name: getattr(dish, name) for name in DISH_FIELDS}
    return fields | _sources(dish.sources) | {"matches": matches.get(dish.name, [])}


def _exercise(item: ExerciseDraft, matches: Suggestions) -> dict[str, object]:
    fields = {
        "exercise": item.exercise,
        "superset": item.superset,
        "notes": item.notes,
        "sets": [asdict(source) for source in item.sets],
    }
    return fields | _sources(item.sources) | {"matches": matches.get(item.exercise, [])}


def _food(food: FoodDraft, barcode: str | None) -> dict[str, object]:
    """Food with the fields of the collection `foods`, and how its label has them."""
    more = {name: it for name, it in food.nutrients.items() if name not in ALL_NUTRIENTS}
    serving = {"name": food.serving_name, "grams": food.serving_g}
    return {
        "name": food.name,
        "barcode": barcode,
        **{name: food.nutrients.get(name) for name in ALL_NUTRIENTS},
        "nutrients": more,
        "servings": [serving] if food.serving_g else [],
        "basis": food.basis,
        **_sources(food.sources),
    }


def _sources(sources: Mapping[str, FieldSource]) -> dict[str, object]:
    """Confidence, box and fields of an item: the minimum confidence and the bounding box.

    Headings above the item do not count for either.
    """
    own = [source for name, source in sources.items() if name not in HEADINGS]
    return {
        "confidence": round(min(source.confidence for source in own), 3),
        "box": _bounding_box([source.box for source in own]),
        "fields": {
            name: {"confidence": round(source.confidence, 3), "box": _rounded(source.box)}
            for name, source in sources.items()
        },
    }


def _bounding_box(boxes: Iterable[Box]) -> list[int]:
    ends: tuple[Callable[[Iterable[float]], float], ...] = (min, min, max, max)
    left, top, right, bottom = (
        end(sides) for end, sides in zip(ends, zip(*boxes, strict=True), strict=True)
    )
    return _rounded((left, top, right, bottom))


def _rounded(box: Box) -> list[int]:
    return [round(side) for side in box]
