"""Pages photographed at an angle, from the boxes of their texts, without an engine."""

import random

import pytest

from bench.ocr.keystone import camera, lines_of
from bench.ocr.pages import menu, sheet
from bench.ocr.score import Score
from sync_server.ocr.parsing.layout.column_lean import Edge, fit_lean
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.layout.rows import deskew, group_rows
from sync_server.ocr.parsing.layout.slope_field import Slope, fit_field
from sync_server.ocr.parsing.menu.page import parse_menu
from sync_server.ocr.parsing.workout.sheet import parse_workout

TUNED_ON, UNSEEN = range(2), range(1000, 1002)
"""Pages by number; the parsers were made with those below 1000."""


@pytest.mark.parametrize("numbers", [TUNED_ON, UNSEEN])
def test_nearly_all_dishes_and_lines_are_read(numbers: range) -> None:
    score = Score()
    for number in numbers:
        for page in (menu(number, 20), sheet(number, 20)):
            view = camera(page.image.size, random.Random(page.name))
            lines = lines_of(page, view)
            read = parse_menu(lines) if page.kind == "menu" else parse_workout(lines)
            score.add(page, lines, read, 0.0)
    for tally in (score.dishes, score.sections, score.lines):
        assert min(tally.precision, tally.recall) >= 0.95


def test_rows_that_converge_are_followed() -> None:
    """The top row leans by 10 degrees, the bottom one not at all."""
    lines = []
    for row in range(6):
        slope = 0.18 * (5 - row) / 5
        for name, left in (("left", 0), ("right", 600)):
            lines.append(_line(f"{name} {row} words", left, 60 * row + slope * left, slope))
    rows = [[box.text for box in row] for row in group_rows(deskew(lines))]
    assert rows == [[f"left {row} words", f"right {row} words"] for row in range(6)]


def test_a_field_has_the_slopes_that_it_was_fitted_to() -> None:
    slopes = [
        Slope(x, y, 0.1 + 0.0001 * y - 0.00005 * x, 100)
        for x in range(0, 1000, 200)
        for y in range(0, 1000, 200)
    ]
    field = fit_field(slopes, (0, 0, 1000, 1000))
    for one in slopes:
        assert field.at(one.x, one.y) == pytest.approx(one.slope, abs=0.01)
    assert field.follow(0, 500, 0) == 500
    assert fit_field([], (0, 0, 10, 10)).follow(0, 5, 10) == 5


def test_columns_that_lean_stand_upright_afterwards() -> None:
    edges = [Edge(100 + 0.2 * y, 300 + 0.2 * y + y % 90, y) for y in range(0, 800, 40)]
    lean = fit_lean(edges, 20)
    straight = [lean.straight_x(edge.left, edge.y) for edge in edges]
    assert max(straight) - min(straight) < 20


def test_ragged_edges_are_left_as_they_are() -> None:
    chance = random.Random(1)
    edges = [Edge(chance.uniform(0, 500), chance.uniform(500, 900), y) for y in range(0, 800, 40)]
    assert fit_lean(edges, 20).lean == 0


def _line(text: str, left: float, top: float, slope: float) -> Line:
    across, height = 12.0 * len(text), 24.0
    down = slope * across
    corners = (
        (left, top), (left + across, top + down), (left + across, top + down + height),
        (left, top + height),
    )  # fmt: skip
    return Line(text, 0.98, corners)
