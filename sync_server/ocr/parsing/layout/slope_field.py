"""Slope field of a page: the direction of its text at every point.

A page seen from the side has lines that converge, a curled one has bent lines: no single angle fits
both ends. The field is a polynomial of the second degree in x and y, fitted to the slopes of the
page's own lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sync_server.ocr.parsing.layout.least_squares import fit

STEPS = 12
"""Steps of the integration from one side of the page to the other."""
RIDGE = (1e-6, 0.006, 0.006, 0.015, 0.015, 0.015)
"""Damping of each term: a page with few lines has a nearly constant field."""
TOLERANCE = 0.02
"""Deviation of a slope from which on its weight shrinks (Huber)."""
ROUNDS = 4
MAX_SLOPE = 1.0


@dataclass(frozen=True, slots=True)
class Slope:
    """Slope dy/dx of a text at its middle; `weight` grows with its length."""

    x: float
    y: float
    slope: float
    weight: float


@dataclass(frozen=True, slots=True)
class SlopeField:
    """Slope at each point: coefficients over coordinates relative to a centre and a size."""

    center_x: float
    center_y: float
    size: float
    terms: tuple[float, ...]

    def at(self, x: float, y: float) -> float:
        """Slope dy/dx of text there."""
        basis = self._basis(x, y)
        slope = sum(term * value for term, value in zip(self.terms, basis, strict=True))
        return max(-MAX_SLOPE, min(MAX_SLOPE, slope))

    def follow(self, x: float, y: float, to: float) -> float:
        """Height y at `to` of the text line through a point (midpoint method)."""
        step = (to - x) / STEPS
        for _ in range(STEPS):
            halfway = y + self.at(x, y) * step / 2
            y += self.at(x + step / 2, halfway) * step
            x += step
        return y

    def _basis(self, x: float, y: float) -> tuple[float, ...]:
        u = max(-1.5, min(1.5, (x - self.center_x) / self.size))
        v = max(-1.5, min(1.5, (y - self.center_y) / self.size))
        return 1.0, u, v, u * v, u * u, v * v


def fit_field(slopes: Sequence[Slope], extent: tuple[float, float, float, float]) -> SlopeField:
    """Field of a page with these slopes; `extent` is left, top, right, bottom of its text."""
    left, top, right, bottom = extent
    size = max(1.0, (right - left) / 2, (bottom - top) / 2)
    flat = SlopeField((left + right) / 2, (top + bottom) / 2, size, (0.0,) * 6)
    total = sum(slope.weight for slope in slopes)
    if not total:
        return flat
    rows = [flat._basis(slope.x, slope.y) for slope in slopes]
    values = [slope.slope for slope in slopes]
    base = [slope.weight / total for slope in slopes]
    weights, terms = base, list(flat.terms)
    for _ in range(ROUNDS):
        terms = fit(rows, values, weights, RIDGE)
        errors = [
            abs(value - sum(term * part for term, part in zip(terms, row, strict=True)))
            for row, value in zip(rows, values, strict=True)
        ]
        weights = [
            weight * min(1.0, TOLERANCE / error) if error else weight
            for weight, error in zip(base, errors, strict=True)
        ]
    return SlopeField(flat.center_x, flat.center_y, size, tuple(terms))
