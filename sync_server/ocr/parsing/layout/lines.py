"""What an engine reads in an image: lines of text and where they stand."""

from dataclasses import dataclass
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the upright image; y grows downwards."""


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of text that the engine found in one place.

    `corners` are those of the text, clockwise from where it begins at the top; `score` is the
    engine's own confidence, 0 to 1.
    """

    text: str
    score: float
    corners: tuple[Point, Point, Point, Point]

    @property
    def box(self) -> Box:
        """The upright rectangle around the text."""
        xs, ys = [x for x, _ in self.corners], [y for _, y in self.corners]
        return min(xs), min(ys), max(xs), max(ys)
