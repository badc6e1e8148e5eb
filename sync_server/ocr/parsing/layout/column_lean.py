"""Column lean: the direction of a page's columns, which in a photograph lean and converge.

Aligned edges of many texts show it: with the right lean and convergence, most left edges (and right
edges) fall on few positions.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

MAX_LEAN, MAX_CONVERGENCE = 0.36, 0.4
LEANS, CONVERGENCES = 9, 4
"""Steps of the first search, to either side."""
REFINED = 4, 2
"""Steps of each refinement, within one step of the search before."""
REFINEMENTS = 2
BIN = 0.8
"""Width of a position, in text heights."""
GAIN = 1.15
"""Factor by which a lean must align the edges better than none."""
MIN_EDGES = 8


@dataclass(frozen=True, slots=True)
class Edge:
    """Left and right end of a text, at its height on the page."""

    left: float
    right: float
    y: float


@dataclass(frozen=True, slots=True)
class ColumnLean:
    """Shift of x per y, and relative growth of the scale per `size` of y, around a centre."""

    center_x: float
    center_y: float
    size: float
    lean: float = 0.0
    convergence: float = 0.0

    def scale(self, y: float) -> float:
        """Scale of the page at a height, 1 at the centre."""
        return max(0.3, 1.0 + self.convergence * (y - self.center_y) / self.size)

    def straight_x(self, x: float, y: float) -> float:
        """Horizontal position without lean and convergence."""
        shift = self.center_x + self.lean * (y - self.center_y)
        return self.center_x + (x - shift) / self.scale(y)

    def straight_y(self, y: float) -> float:
        """Vertical position in the scale of the centre."""
        if abs(self.convergence) < 1e-6:
            return y
        return self.center_y + self.size / self.convergence * math.log(self.scale(y))


def fit_lean(edges: Sequence[Edge], height: float) -> ColumnLean:
    """Lean that aligns the most edges; `height` is that of the text."""
    if not edges:
        return ColumnLean(0.0, 0.0, 1.0)
    ys = [edge.y for edge in edges]
    xs = [x for edge in edges for x in (edge.left, edge.right)]
    center = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    size = max(1.0, (max(ys) - min(ys)) / 2)
    best = flat = ColumnLean(*center, size)
    if len(edges) < MIN_EDGES:
        return flat
    coarse, width = 2 * BIN * height, BIN * height
    candidates = _around(best, (LEANS, CONVERGENCES), 1.0)
    best = max([best, *candidates], key=lambda one: _alignment(edges, one, coarse))
    for number in range(REFINEMENTS):
        candidates = _around(best, REFINED, (1 / CONVERGENCES) ** (number + 1))
        best = max([best, *candidates], key=lambda one: _alignment(edges, one, width))
    return best if _alignment(edges, best, width) > GAIN * _alignment(edges, flat, width) else flat


def _around(middle: ColumnLean, steps: tuple[int, int], share: float) -> Iterable[ColumnLean]:
    """Candidates in a share of the whole range around one, the smallest changes first."""
    leans = sorted(range(-steps[0], steps[0] + 1), key=abs)
    convergences = sorted(range(-steps[1], steps[1] + 1), key=abs)
    for lean, convergence in product(leans, convergences):
        yield replace(
            middle,
            lean=middle.lean + share * MAX_LEAN * lean / steps[0],
            convergence=middle.convergence + share * MAX_CONVERGENCE * convergence / steps[1],
        )


def _alignment(edges: Sequence[Edge], lean: ColumnLean, width: float) -> float:
    """Number of pairs of edges at one position; neighbouring positions count half."""
    total = 0.0
    sides = ([(edge.left, edge.y) for edge in edges], [(edge.right, edge.y) for edge in edges])
    for side in sides:
        counts: dict[int, int] = {}
        for x, y in side:
            position = round(lean.straight_x(x, y) / width)
            counts[position] = counts.get(position, 0) + 1
        for position, count in counts.items():
            total += count * (count + counts.get(position + 1, 0))
    return total
