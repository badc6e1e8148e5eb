"""Rows: whichever way a page is held, its lines are read in their order."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.layout.rows import deskew, group_rows
from tests.ocr.pages import page

TEXT = """
The first row           and its end
the second row          with another
a third one             last
"""


def turned(lines: list[Line], angle: float) -> list[Line]:
    """The lines of a page turned by an angle in radians."""
    cos, sin = math.cos(angle), math.sin(angle)
    found = []
    for line in lines:
        one, two, three, four = ((x * cos - y * sin, x * sin + y * cos) for x, y in line.corners)
        found.append(Line(line.text, line.score, (one, two, three, four)))
    return found


def read(lines: list[Line]) -> list[list[str]]:
    return [[piece.text for piece in row] for row in group_rows(deskew(lines))]


EXPECTED = [
    ["The first row", "and its end"], ["the second row", "with another"], ["a third one", "last"],
]  # fmt: skip


@pytest.mark.parametrize("degrees", [0, 3, -3, 12, -12, 90, -90, 180, 176, 93])
def test_a_page_is_read_whichever_way_it_is_held(degrees: float) -> None:
    assert read(turned(page(TEXT), math.radians(degrees))) == EXPECTED


def test_the_order_of_the_engine_does_not_matter() -> None:
    assert read(page(TEXT)[::-1]) == EXPECTED


def test_a_text_down_the_margin_does_not_turn_the_page() -> None:
    (margin,) = turned(page("Standing at the side"), math.pi / 2)
    read_rows = [
        [text for text in row if text != margin.text] for row in read([*page(TEXT), margin])
    ]
    assert list(filter(None, read_rows)) == EXPECTED


def test_nothing_has_no_rows() -> None:
    assert read([]) == []
    (short,) = page("a")
    assert read([short]) == [["a"]]


_POINT = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))


@given(
    st.lists(
        st.builds(Line, st.text(max_size=9), st.floats(0, 1), st.tuples(*[_POINT] * 4)), max_size=15
    )
)
def test_every_line_is_in_one_row(lines: list[Line]) -> None:
    placed = [piece.line for row in group_rows(deskew(lines)) for piece in row]
    assert sorted(map(id, placed)) == sorted(map(id, lines))
