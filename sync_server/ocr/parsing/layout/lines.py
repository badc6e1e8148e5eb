"""Lines of text with their corners: the output of an engine."""

from dataclasses import dataclass
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the upright image; y grows downwards."""


@dataclass(frozen=True, slots=True)
class Line:
    """Piece of text recognized by an engine.

    `corners` are clockwise from the top of the text's start; `score` is the engine's confidence,
    0 to 1.
    """

    text: str
    score: float
    corners: tuple[Point, Point, Point, Point]

    @property
    def box(self) -> Box:
        """Axis-aligned bounding box."""
        xs, ys = [x for x, _ in self.corners], [y for _, y in self.corners]
        return min(xs), min(ys), max(xs), max(ys)
