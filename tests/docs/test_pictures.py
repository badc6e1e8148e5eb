"""Pictures of the rooms show the imports of the code, those of security what its pages say."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools import draw_flow, draw_security
from tools.draw_rooms import rooms, sync_parts
from tools.layered_drawing import Drawing, draw, structure_of
from tools.sequence_drawing import Step, parse

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


def test_the_pictures_of_security_show_what_its_pages_say() -> None:
    for file, svg in draw_security.pictures().items():
        assert (PICTURES / file).read_text() == svg, "run: python -m tools.draw_security"


def test_the_picture_of_a_push_and_a_pull_is_that_of_its_steps() -> None:
    svg = (PICTURES / "flow.svg").read_text()
    assert svg == draw_flow.drawing(), "run: python tools/draw_flow.py"


def test_every_attacker_acts_in_the_threat_model() -> None:
    page = (PICTURES.parent / "security.md").read_text()
    acting = sorted(number for _, _, numbers in draw_security.ZONES for number in numbers)
    assert acting == list(range(1, len(draw_security.attackers(page)) + 1))


def test_a_line_that_no_picture_can_show_is_an_error() -> None:
    diagram = parse("participant A as the app\nA->>A: think\nA-->>A: done")
    assert diagram.actors == {"A": "the app"}
    assert diagram.lines[1] == Step("A", "A", "done", is_response=True)
    with pytest.raises(ValueError, match="loop"):
        parse("loop every minute")
