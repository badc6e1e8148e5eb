"""Reading every page of every class, and what came of it."""

import io
import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from bench.ocr.eu_labels import eu_label
from bench.ocr.pages import Page, menu, sheet
from bench.ocr.receipts import label_receipt, menu_receipt
from bench.ocr.score import Score, Tally, wrong_nutrients
from bench.ocr.spoil import CLASSES, LABELS, RECEIPTS, TUNED_ON
from bench.ocr.us_labels import us_label
from sync_server.ocr.engines.interface import Engine, Photo
from sync_server.ocr.parsing.drafts import DishDraft, LabelDraft, MenuDraft, WorkoutDraft
from sync_server.ocr.parsing.label.label import parse_label
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.menu.page import parse_menu
from sync_server.ocr.parsing.receipts import is_receipt
from sync_server.ocr.parsing.workout.sheet import parse_workout
from sync_server.ocr.recoding import normalize_image

IMAGES = Path(__file__).parent / "images"
PHOTOGRAPHS = "real photographs"
ALL = (*CLASSES, PHOTOGRAPHS)
FIRST = 1000
"""Pages of lower numbers are those that the parsers were made with; these they have not seen."""

MAKERS = {LABELS: (eu_label, us_label), RECEIPTS: (menu_receipt, label_receipt)}
"""Pages of a class; those of the other classes are menus and sheets."""

Draft = MenuDraft | WorkoutDraft | LabelDraft
Report = Callable[[str], object]


def pages(kinds: int, classes: Collection[str]) -> Iterator[tuple[str, Page]]:
    """The drawn pages of the classes, `kinds` of both sorts, then the photographs."""
    for name, (size, spoil) in CLASSES.items():
        if name not in classes:
            continue
        first = 0 if name.endswith(TUNED_ON) else FIRST
        plain_name = name.removesuffix(TUNED_ON)
        for number in range(first, first + kinds):
            for make in MAKERS.get(plain_name, (menu, sheet)):
                page = make(number, size)
                chance = random.Random(f"{plain_name} {page.name}")
                yield name, replace(page, image=spoil(page.image, chance))
    for truth in sorted(IMAGES.glob("*.json")) if PHOTOGRAPHS in classes else ():
        yield PHOTOGRAPHS, _photograph(truth)


def _photograph(truth: Path) -> Page:
    said = json.loads(truth.read_text())
    image = Image.open(truth.with_suffix(".jpg")).convert("RGB")
    dishes = tuple(DishDraft(one["name"], {}, price=one["price"]) for one in said["dishes"])
    return Page(truth.stem, said["kind"], image, tuple(said["texts"]), dishes=dishes)


def measure(
    engine: Engine, kinds: int, report: Report, classes: Collection[str] = ALL
) -> dict[str, Any]:
    """Scores by class, and the peak memory of this process in MB."""
    scores: dict[str, Score] = {}
    for name, page in pages(kinds, classes):
        if name not in scores:
            scores[name] = Score()
            report(name)
        photo = photo_of(page)
        began, used = time.perf_counter(), time.process_time()
        lines = engine(photo)
        draft = _draft(page.kind, lines)
        took = time.perf_counter() - began, time.process_time() - used
        scores[name].add(page, lines, draft, *took)
        _report_mistakes(page, draft, report)
    # Linux counts kilobytes, macOS bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory = peak / (1024 if sys.platform == "linux" else 1024**2)
    return {
        "peak_memory_mb": round(memory),
        "classes": {name: _figures(score) for name, score in scores.items()},
    }


def merge(before: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Results of an earlier run, with the classes of a later one in their places."""
    classes = before["classes"] | found["classes"]
    return {
        "peak_memory_mb": max(before["peak_memory_mb"], found["peak_memory_mb"]),
        "classes": {name: classes[name] for name in ALL if name in classes},
    }


def _draft(kind: str, lines: list[Line]) -> Draft | None:
    """Draft of an image as the server makes it; None for a receipt, which it refuses."""
    if kind == "workout":
        return parse_workout(lines)
    if is_receipt(lines):
        return None
    return parse_menu(lines) if kind == "menu" else parse_label(lines)


def photo_of(page: Page) -> Photo:
    """The page as the server would give it to an engine."""
    buffer = io.BytesIO()
    page.image.save(buffer, "PNG", compress_level=1)
    picture = normalize_image(buffer.getvalue(), page.image.width * page.image.height)
    return Photo(picture.content, page.name, page.kind)


def _report_mistakes(page: Page, draft: Draft | None, report: Report) -> None:
    one = Score()
    one.add(page, [], draft, 0.0)
    if page.receipt or draft is None:
        if one.rejected.right < 1:
            report(f"  {page.name}: {'refused' if draft is None else 'not refused'}")
        return
    true: set[object] = {(dish.name, dish.price) for dish in page.dishes}
    true |= {(item.exercise, item.sets) for item in page.exercises}
    reported: set[object]
    if isinstance(draft, LabelDraft):
        found = dict(draft.items[0].nutrients) if draft.items else {}
        names = wrong_nutrients(page.nutrients, found)
        true = {f"{name} {page.nutrients.get(name)}" for name in names}
        reported, wrong = {f"{name} {found.get(name)}" for name in names}, bool(names)
    elif isinstance(draft, MenuDraft):
        reported = {(dish.name, dish.price) for dish in draft.items}
        wrong = one.dishes.right < max(one.dishes.true, one.dishes.reported)
    else:
        reported = {(item.exercise, item.sets) for item in draft.items}
        wrong = one.lines.right < max(one.lines.true, one.lines.reported)
    if wrong:
        report(f"  {page.name}: missing {sorted(map(str, true - reported))}")
        report(f"  {page.name}: instead {sorted(map(str, reported - true))}")
        report(f"  {page.name}: unread {[line.text for line in draft.unread]}")


def _figures(score: Score) -> dict[str, Any]:
    def share(tally: Tally) -> list[float] | None:
        if not tally.true and not tally.reported:
            return None
        return [round(tally.precision, 4), round(tally.recall, 4)]

    return {
        "measured": f"{datetime.now(UTC):%F}",
        "images": score.images,
        "character_error_rate": round(score.wrong_characters / max(1, score.characters), 4),
        "dishes_and_prices": share(score.dishes),
        "dishes": share(score.names),
        "sections": share(score.sections),
        "exercises": share(score.exercises),
        "sets": share(score.sets),
        "workout_lines": share(score.lines),
        "nutrients": share(score.nutrients),
        "receipts_rejected": share(score.rejected),
        "seconds": [
            round(statistics.median(score.seconds), 2),
            round(max(score.seconds), 2),
        ],
        "cpu_seconds": round(statistics.median(score.cpu_seconds), 2),
    }
