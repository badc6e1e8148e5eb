"""SVG of a layered graph: boxes in rows, arrows downwards, long arrows routed between boxes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

BOX_HEIGHT, ROW_STEP, GAP, TOP, MARGIN = 30, 66, 16, 62, 24
LETTER, PADDING, LANE, MIN_WIDTH = 7.4, 24, 14, 460
SWEEPS = 24
_ARROW = re.compile(r'<path data-from="([^"]+)" data-to="([^"]+)"')
_BOX = re.compile(r'<g data-box="([^"]+)"')

Point = tuple[float, float]
Node = tuple[str, str]
"""A box is (name, ""); a lane of a long arrow is (source, target)."""
Ways = dict[Node, list[tuple[Node, int]]]
"""Boxes and lanes of each arrow, with their rows."""


@dataclass(frozen=True)
class Drawing:
    """Title, rows of box names from the top, arrows by source, and longer labels."""

    title: str
    rows: Sequence[Sequence[str]]
    arrows: Mapping[str, set[str]]
    labels: Mapping[str, str]

    @property
    def structure(self) -> tuple[set[str], set[tuple[str, str]]]:
        """Boxes and arrows, without coordinates."""
        boxes = {name for row in self.rows for name in row}
        pairs = {(source, target) for source in self.arrows for target in self.arrows[source]}
        return boxes, pairs


def structure_of(svg: str) -> tuple[set[str], set[tuple[str, str]]]:
    """Boxes and arrows of a picture that `draw` wrote."""
    return set(_BOX.findall(svg)), set(_ARROW.findall(svg))


def draw(drawing: Drawing) -> str:
    """The picture as SVG text, equal for equal drawings."""
    rows, ways = _with_lanes(drawing)
    _reorder(rows, ways)
    widths = [sum(_width(node, drawing) + GAP for node in row) - GAP for row in rows]
    width = max(*widths, MIN_WIDTH) + 2 * MARGIN
    centres: dict[tuple[Node, int], Point] = {}
    for level, row in enumerate(rows):
        spare = (width - 2 * MARGIN - widths[level]) / (len(row) + 1)
        x = MARGIN + spare
        for node in row:
            own = _width(node, drawing)
            centres[node, level] = (x + own / 2, TOP + ROW_STEP * level + BOX_HEIGHT / 2)
            x += own + GAP + spare
    height = TOP + ROW_STEP * len(rows) - (ROW_STEP - BOX_HEIGHT) + MARGIN
    parts = [_head(drawing.title, width, height)]
    parts += _arrows(ways, centres)
    parts += [
        _box(node[0], drawing, centre) for (node, _), centre in centres.items() if not node[1]
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _with_lanes(drawing: Drawing) -> tuple[list[list[Node]], Ways]:
    """Rows with a lane in every row that an arrow crosses, and the way of each arrow."""
    level_of = {name: level for level, row in enumerate(drawing.rows) for name in row}
    rows: list[list[Node]] = [[(name, "") for name in row] for row in drawing.rows]
    ways: Ways = {}
    for source in sorted(drawing.arrows):
        for target in sorted(drawing.arrows[source]):
            first, last = level_of[source], level_of[target]
            crossed = range(first + 1, last)
            for level in crossed:
                rows[level].append((source, target))
            ways[source, target] = [
                ((source, ""), first),
                *(((source, target), level) for level in crossed),
                ((target, ""), last),
            ]
    return rows, ways


def _reorder(rows: list[list[Node]], ways: Ways) -> None:
    """Sort each row by the mean position of its neighbours, downwards and upwards in turn."""
    neighbours: dict[tuple[Node, int], list[tuple[Node, int]]] = {}
    for way in ways.values():
        for upper, lower in pairwise(way):
            neighbours.setdefault(upper, []).append(lower)
            neighbours.setdefault(lower, []).append(upper)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        levels = range(len(rows)) if down else range(len(rows) - 1, -1, -1)
        positions = {
            (node, level): (index + 1) / (len(row) + 1)
            for level, row in enumerate(rows)
            for index, node in enumerate(row)
        }
        for level in levels:
            row = rows[level]
            weight = {}
            for node in row:
                near = neighbours.get((node, level), [])
                above = [positions[key] for key in near if (key[1] < level) == down]
                every = above or [positions[key] for key in near] or [positions[node, level]]
                weight[node] = sum(every) / len(every)
            row.sort(key=lambda node: (round(weight[node], 6), node))
            positions |= {(node, level): (at + 1) / (len(row) + 1) for at, node in enumerate(row)}


def _width(node: Node, drawing: Drawing) -> float:
    if node[1]:
        return LANE
    return LETTER * len(drawing.labels.get(node[0], node[0])) + PADDING


def _arrows(ways: Ways, centres: Mapping[tuple[Node, int], Point]) -> list[str]:
    parts = []
    for (source, target), way in ways.items():
        points = [centres[step] for step in way]
        (x, y), *others = points
        path = [f"M{x:.0f} {y + BOX_HEIGHT / 2:.0f}"]
        y += BOX_HEIGHT / 2
        for number, (to_x, middle) in enumerate(others):
            to_y = middle - BOX_HEIGHT / 2 - (3 if number == len(others) - 1 else 0)
            bend = (y + to_y) / 2
            path.append(f"C{x:.0f} {bend:.0f} {to_x:.0f} {bend:.0f} {to_x:.0f} {to_y:.0f}")
            x, y = to_x, to_y
            if number < len(others) - 1:
                y = middle + BOX_HEIGHT / 2
                path.append(f"V{y:.0f}")
        parts.append(
            f'<path data-from="{source}" data-to="{target}" d="{"".join(path)}" fill="none" '
            'stroke="#6d8aa3" stroke-width="1.3" marker-end="url(#tip)"/>'
        )
    return parts


def _box(name: str, drawing: Drawing, centre: Point) -> str:
    width, (x, y) = _width((name, ""), drawing), centre
    label = escape(drawing.labels.get(name, name))
    return (
        f'<g data-box="{name}"><rect x="{x - width / 2:.1f}" y="{y - BOX_HEIGHT / 2:.1f}" '
        f'width="{width:.1f}" height="{BOX_HEIGHT}" rx="6" fill="#22303c"/>'
        f'<text x="{x:.1f}" y="{y + 4.5:.1f}" fill="#fff" text-anchor="middle">{label}</text></g>'
    )


def _head(title: str, width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" '
        'font-family="system-ui, sans-serif" font-size="13">\n'
        '<rect width="100%" height="100%" fill="#fbfaf7"/>\n'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#6d8aa3"/></marker></defs>\n'
        f'<text x="{MARGIN}" y="26" font-size="16" font-weight="600" fill="#22303c">'
        f"{escape(title)}</text>\n"
        f'<text x="{MARGIN}" y="44" fill="#5b6670">An arrow is an import. '
        "Imports that follow from others are left out.</text>"
    )
