"""Pictures of the rooms: their boxes and arrows are the packages and imports of the code."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.draw_rooms import rooms, sync_parts
from tools.layered_drawing import Drawing, draw, structure_of

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


@pytest.mark.parametrize(("name", "drawing"), [("rooms", rooms), ("sync", sync_parts)])
def test_a_picture_shows_the_packages_and_imports_of_the_code(
    name: str, drawing: Callable[[], Drawing]
) -> None:
    svg = (PICTURES / f"{name}.svg").read_text()
    assert structure_of(svg) == drawing().structure, "run: python -m tools.draw_rooms"


def test_a_drawing_is_deterministic_and_its_structure_is_readable() -> None:
    drawing = Drawing("Three", [["a"], ["b"], ["c"]], {"a": {"b", "c"}, "b": {"c"}}, {})
    assert draw(drawing) == draw(drawing)
    assert structure_of(draw(drawing)) == ({"a", "b", "c"}, {("a", "b"), ("a", "c"), ("b", "c")})
