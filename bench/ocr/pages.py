"""Menus and workout sheets, drawn from a seed, with what they say."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from PIL import Image

from bench.ocr import words
from bench.ocr.paper import Paper, a_family
from sync_server.ocr.parsing.drafts import DishDraft, ExerciseDraft
from sync_server.ocr.parsing.layout.lines import Box

Kind = Literal["menu", "workout", "label"]


@dataclass(frozen=True, slots=True)
class Page:
    """Image and its truth; every text that was drawn is in `texts`, its place in `boxes`.

    `nutrients` are those of a label per 100 g; a `receipt` must be refused.
    """

    name: str
    kind: Kind
    image: Image.Image
    texts: tuple[str, ...]
    dishes: tuple[DishDraft, ...] = ()
    exercises: tuple[ExerciseDraft, ...] = ()
    boxes: tuple[Box, ...] = ()
    nutrients: Mapping[str, float] = field(default_factory=dict)
    receipt: bool = False


def menu(number: int, size: int) -> Page:
    """A menu: one or two columns, with leaders or without, descriptions, nutrients."""
    chance = random.Random(f"menu {number}")
    money = chance.choice(words.MONEY)
    columns = chance.choice((1, 1, 2))
    found = words.dishes(chance, money, 2 * columns)
    leaders, described = chance.random() < 0.4, chance.random() < 0.4
    line = round(size * 1.55)
    column = round(size * 22)
    paper = Paper(a_family(chance), size, column * columns + 4 * size, line * 40)
    paper.write(2 * size, size, chance.choice(words.TITLES), 1.8, bold=True)
    top = bottom = 3.6 * size
    sections = list(dict.fromkeys(dish.section for dish, _ in found))
    for at in range(columns):
        left, y = 2 * size + at * (column + size), top
        right = left + column - size
        for section in sections[at::columns]:
            paper.write(left, y, str(section), 1.25, bold=True)
            y += 1.4 * line
            for dish, nutrients in (each for each in found if each[0].section == section):
                end = paper.write(left, y, dish.name)
                begin = paper.write_right(right, y, money.printed(dish.price or 0))
                if leaders:
                    paper.dots(end + size / 2, begin - size / 2, y)
                y += line
                more = chance.choice(words.MORE) if described else ""
                if details := "  ".join(filter(None, (more, nutrients))):
                    paper.write(left, y, details, 0.78)
                    y += 0.85 * line
            y += 0.6 * line
        bottom = max(bottom, y)
    paper.write(2 * size, bottom, chance.choice(words.NOTES), 0.8)
    image = paper.image.crop((0, 0, paper.width, round(bottom + 2 * line)))
    dishes = tuple(dish for dish, _ in found)
    texts, boxes = tuple(paper.texts), tuple(paper.boxes)
    return Page(f"menu-{number}", "menu", image, texts, dishes=dishes, boxes=boxes)


def sheet(number: int, size: int) -> Page:
    """A workout sheet: a list, blocks of sets under names, or a table."""
    chance = random.Random(f"sheet {number}")
    found = words.exercises(chance)
    draw = (_list, _list, _blocks, _table)[number % 4]
    line = round(size * 1.7)
    paper = Paper(a_family(chance), size, size * 34, line * 60)
    paper.write(2 * size, size, chance.choice(words.SHEETS), 1.6, bold=True)
    bottom = draw(paper, found, 4 * size, line)
    image = paper.image.crop((0, 0, paper.width, round(bottom + line)))
    exercises = tuple(exercise for exercise, _ in found)
    texts, boxes = tuple(paper.texts), tuple(paper.boxes)
    return Page(f"sheet-{number}", "workout", image, texts, exercises=exercises, boxes=boxes)


Written = list[tuple[ExerciseDraft, str]]


def _list(paper: Paper, found: Written, y: float, line: int) -> float:
    for number, (exercise, text) in enumerate(found, 1):
        end = paper.write(2 * paper.size, y, f"{number}. {exercise.exercise}")
        paper.write(max(end + paper.size, 14 * paper.size), y, text)
        y += line
    return y


def _blocks(paper: Paper, found: Written, y: float, line: int) -> float:
    for exercise, text in found:
        paper.write(2 * paper.size, y, exercise.exercise, bold=True)
        y += line
        paper.write(3 * paper.size, y, text)
        y += 1.3 * line
    return y


HEADS = (("Exercise", 2), ("Sets", 14), ("Reps", 18), ("Weight", 22), ("RPE", 28))


def _table(paper: Paper, found: Written, y: float, line: int) -> float:
    """Only exercises of equal sets fit; the others are drawn as a list under the table."""
    flat = [each for each in found if len(set(each[0].sets)) == 1 and each[0].sets[0].reps]
    for head, x in HEADS:
        paper.write(x * paper.size, y, head, bold=True)
    y += line
    for exercise, _ in flat:
        one = exercise.sets[0]
        weight = f"{one.weight_kg:g}" if one.weight_kg else ""
        body = f"BW+{weight}" if weight else "BW"
        cells = (
            exercise.exercise, str(len(exercise.sets)), str(one.reps),
            body if one.bodyweight else weight, f"{one.rpe:g}" if one.rpe else "",
        )  # fmt: skip
        for text, (_, x) in zip(cells, HEADS, strict=True):
            if text:
                paper.write(x * paper.size, y, text)
        y += line
    found[:] = [(_as_in_table(each[0]), each[1]) for each in flat] + [
        each for each in found if each not in flat
    ]
    y += line
    for exercise, text in found[len(flat) :]:
        paper.write(2 * paper.size, y, f"{exercise.exercise}  {text}")
        y += line
    return y


def _as_in_table(exercise: ExerciseDraft) -> ExerciseDraft:
    """The table has no column for rests."""
    return replace(exercise, sets=tuple(replace(one, rest_s=None) for one in exercise.sets))
