"""SVG of sequence diagrams that are written in Mermaid's notation, the part of it that docs use."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

COLUMN, LEFT, HEAD, ROW, LETTER = 250, 130, 92, 30, 6.3
_PARTICIPANT = re.compile(r"participant (\w+)(?: as (.+))?")
_ARROW = re.compile(r"(\w+)(--?)>>(\w+): (.+)")
_NOTE = re.compile(r"Note over (\w+): (.+)")
_BLOCK = re.compile(r"(alt|else|opt) ?(.*)")


@dataclass(frozen=True)
class Step:
    """Arrow between two actors, or a note of one when both are the same."""

    source: str
    target: str
    text: str
    is_response: bool = False


@dataclass(frozen=True)
class Branch:
    """Begin of an alternative; `depth` is 1 for the outermost."""

    text: str
    depth: int
    is_else: bool


@dataclass(frozen=True)
class End:
    """End of the innermost alternatives."""


Line = Step | Branch | End


@dataclass(frozen=True)
class Diagram:
    """Actors by their names in the notation, and what happens between them."""

    actors: dict[str, str]
    lines: list[Line]


def parse(text: str) -> Diagram:
    """Diagram of a `sequenceDiagram` block; raises ValueError for a line that it does not know."""
    actors: dict[str, str] = {}
    lines: list[Line] = []
    depth = 0
    for line in map(str.strip, text.strip().splitlines()):
        if line == "sequenceDiagram":
            continue
        if match := _PARTICIPANT.fullmatch(line):
            actors[match[1]] = match[2] or match[1]
        elif match := _ARROW.fullmatch(line):
            lines.append(Step(match[1], match[3], match[4], is_response=match[2] == "--"))
        elif match := _NOTE.fullmatch(line):
            lines.append(Step(match[1], match[1], match[2]))
        elif line == "end":
            depth -= 1
            lines.append(End())
        elif match := _BLOCK.fullmatch(line):
            depth += match[1] != "else"
            lines.append(Branch(match[2] or "otherwise", depth, is_else=match[1] == "else"))
        else:
            raise ValueError(f"unknown line: {line}")
    return Diagram(actors, lines)


def draw(diagram: Diagram, title: str) -> str:
    """The diagram as SVG text, equal for equal diagrams."""
    columns = {name: LEFT + COLUMN * at for at, name in enumerate(diagram.actors)}
    width = 2 * LEFT + COLUMN * (len(columns) - 1)
    height = HEAD + ROW * (len(diagram.lines) + 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, sans-serif" font-size="12" role="img">',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="#fbfaf7"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#1f5f8b"/></marker></defs>',
    ]
    parts += _frames(diagram.lines, width)
    for name, x in columns.items():
        parts.append(
            f'<line x1="{x}" y1="56" x2="{x}" y2="{height - 12}" stroke="#c9c4b8"/>'
            f'<rect x="{x - 70}" y="22" width="140" height="34" rx="6" fill="#22303c"/>'
            f'<text x="{x}" y="44" fill="#fff" text-anchor="middle">'
            f"{escape(diagram.actors[name])}</text>"
        )
    for row, line in enumerate(diagram.lines):
        if isinstance(line, Step):
            parts.append(_step(line, columns, HEAD + ROW * row, width))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _frames(lines: list[Line], width: int) -> Iterator[str]:
    """Rectangles around alternatives, with their conditions."""
    begun: list[int] = []
    for row, line in enumerate(lines):
        y = HEAD + ROW * row
        match line:
            case Branch(text, depth, is_else):
                inset = 8 + 10 * (depth - 1)
                if is_else:
                    yield (
                        f'<line x1="{inset}" y1="{y - 16}" x2="{width - inset}" y2="{y - 16}" '
                        'stroke="#a58b4f" stroke-dasharray="4 4"/>'
                    )
                else:
                    begun.append(y - 16)
                yield (
                    f'<text x="{inset + 8}" y="{y}" fill="#7a622c" font-style="italic">'
                    f"{escape(text)}</text>"
                )
            case End():
                inset, top = 8 + 10 * (len(begun) - 1), begun.pop()
                yield (
                    f'<rect x="{inset}" y="{top}" width="{width - 2 * inset}" '
                    f'height="{y - 10 - top}" rx="5" fill="none" stroke="#a58b4f"/>'
                )
            case Step():
                pass


def _step(step: Step, columns: dict[str, int], y: int, width: int) -> str:
    start, end = columns[step.source], columns[step.target]
    if start == end:
        return _note(step.text, start, y, width)
    gap = 2 if end > start else -2
    dashes = ' stroke-dasharray="5 4"' if step.is_response else ""
    half = LETTER * len(step.text) / 2 + 4
    middle = min(max((start + end) / 2, half), width - half)
    return (
        f'<line x1="{start + gap}" y1="{y + 5}" x2="{end - gap}" y2="{y + 5}" stroke="#1f5f8b" '
        f'stroke-width="1.5"{dashes} marker-end="url(#tip)"/>'
        f'<text x="{middle:g}" y="{y - 1}" text-anchor="middle" fill="#22303c" stroke="#fbfaf7" '
        f'stroke-width="4" paint-order="stroke">{escape(step.text)}</text>'
    )


def _note(text: str, x: int, y: int, width: int) -> str:
    wide = LETTER * len(text) + 16
    left = min(max(4.0, x - wide / 2), width - wide - 4)
    return (
        f'<rect x="{left:g}" y="{y - 13}" width="{wide:g}" height="21" rx="4" fill="#efe6cf"/>'
        f'<text x="{left + wide / 2:g}" y="{y + 2}" text-anchor="middle">{escape(text)}</text>'
    )
