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

from bench.ocr.pages import Page, menu, sheet
from bench.ocr.score import Score, Tally
from bench.ocr.spoil import CLASSES, TUNED
from sync_server.ocr.engines.interface import Engine, Photo
from sync_server.ocr.parsing.drafts import DishDraft, MenuDraft, WorkoutDraft
from sync_server.ocr.parsing.menu.page import parse_menu
from sync_server.ocr.parsing.workout.sheet import parse_workout
from sync_server.ocr.pictures import normalize_image

IMAGES = Path(__file__).parent / "images"
PHOTOGRAPHS = "real photographs"
ALL = (*CLASSES, PHOTOGRAPHS)
FIRST = 1000
"""Pages of lower numbers are those that the parsers were made with; these they have not seen."""

Report = Callable[[str], object]


def pages(kinds: int, classes: Collection[str]) -> Iterator[tuple[str, Page]]:
    """The drawn pages of the classes, `kinds` menus and as many sheets, then the photographs."""
    for name, (size, spoil) in CLASSES.items():
        if name not in classes:
            continue
        first = 0 if name == TUNED else FIRST
        for number in range(first, first + kinds):
            for make in (menu, sheet):
                page = make(number, size)
                chance = random.Random(f"{name.partition(',')[0]} {page.name}")
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
        draft: MenuDraft | WorkoutDraft = (
            parse_menu(lines) if page.kind == "menu" else parse_workout(lines)
        )
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


def photo_of(page: Page) -> Photo:
    """The page as the server would give it to an engine."""
    buffer = io.BytesIO()
    page.image.save(buffer, "PNG", compress_level=1)
    picture = normalize_image(buffer.getvalue(), page.image.width * page.image.height)
    return Photo(picture.content, page.name, page.kind)


def _report_mistakes(page: Page, draft: MenuDraft | WorkoutDraft, report: Report) -> None:
    one = Score()
    one.add(page, [], draft, 0.0)
    true: set[object] = {(dish.name, dish.price) for dish in page.dishes}
    true |= {(item.exercise, item.sets) for item in page.exercises}
    reported: set[object]
    if isinstance(draft, MenuDraft):
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
        "seconds": [
            round(statistics.median(score.seconds), 2),
            round(max(score.seconds), 2),
        ],
        "cpu_seconds": round(statistics.median(score.cpu_seconds), 2),
    }
