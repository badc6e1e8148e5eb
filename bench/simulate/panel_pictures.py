"""Pictures of the dashboards' panels, with the values of a run."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from bench.chart import RAW, STYLE

WIDTH, HEIGHT, LEGEND, GAP, LEFT, TOP, COLUMNS = 470, 150, 15, 30, 56, 30, 2
LINES = 8
"""Series of a panel that are drawn: those with the greatest values."""
COLOURS = (
    "#2f81f7", "#2da44e", "#cf222e", "#bf8700", "#8250df", "#1b7c83", "#bc4c00", "#57606a",
)  # fmt: skip
UNITS = {"reqps": "/s", "cps": "/s", "s": " s", "none": ""}

Panel = Mapping[str, Any]


def draw(results: Mapping[str, Any], directory: Path) -> list[Path]:
    """Write a picture of each dashboard as SVG; the paths."""
    return [
        _draw_dashboard(title, panels, results, directory / f"dashboard-{title.lower()}.svg")
        for title, panels in results["panels"].items()
    ]


def _draw_dashboard(
    title: str, panels: Sequence[Panel], results: Mapping[str, Any], path: Path
) -> Path:
    lines: list[str] = []
    top = 0.0
    for row in (panels[at : at + COLUMNS] for at in range(0, len(panels), COLUMNS)):
        for column, panel in enumerate(row):
            lines += _panel(panel, column * (WIDTH + GAP), top, results["seconds"])
        greatest = max(min(LINES, len(panel["series"])) for panel in row)
        top += TOP + HEIGHT + 22 + LEGEND * -(-greatest // 2) + GAP
    width = COLUMNS * (WIDTH + GAP)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top:.0f}" role="img"'
        f' aria-label="{escape(f"Dashboard {title}")}">'
    )
    path.write_text("\n".join([head, *lines, "</svg>"]) + "\n")
    return path


def _panel(panel: Panel, x: float, y: float, seconds: float) -> Iterator[str]:
    base = y + TOP + HEIGHT
    yield _text(x, y + 18, panel["title"], weight=600)
    yield (
        f'<rect x="{x + LEFT}" y="{y + TOP}" width="{WIDTH - LEFT}" height="{HEIGHT}" fill="none"'
        f' stroke="{RAW}" stroke-width="0.5"/>'
    )
    for share in (0, 0.5, 1):
        at = x + LEFT + share * (WIDTH - LEFT)
        yield _text(at, base + 14, f"{share * seconds:.0f} s", "middle")
    series = sorted(panel["series"], key=_greatest, reverse=True)[:LINES]
    if not series:
        yield _text(x + (LEFT + WIDTH) / 2, base - HEIGHT / 2, "nothing in this run", "middle")
        return
    greatest = max(map(_greatest, series)) or 1.0
    for share in (0, 0.5, 1):
        words = f"{share * greatest:.3g}{UNITS[panel['unit']]}"
        yield _text(x + LEFT - 6, base - share * HEIGHT + 4, words, "end")
    for number, it in enumerate(series):
        joined = " ".join(
            f"{x + LEFT + (WIDTH - LEFT) * at / seconds:.1f},{base - HEIGHT * value / greatest:.1f}"
            for at, value in it["points"]
        )
        yield (
            f'<polyline points="{joined}" fill="none" stroke="{COLOURS[number]}"'
            ' stroke-width="1.5"/>'
        )
        left = x + LEFT + number % 2 * (WIDTH - LEFT) / 2
        below = base + 22 + LEGEND * (number // 2 + 0.6)
        colour = f'fill="{COLOURS[number]}"'
        yield f'<rect x="{left}" y="{below - 8:.0f}" width="10" height="3" {colour}/>'
        yield _text(left + 14, below - 3, it["legend"], size=11)


def _greatest(series: Mapping[str, Any]) -> float:
    return max(float(value) for _, value in series["points"])


def _text(
    x: float, y: float, words: str, anchor: str = "start", weight: int = 400, size: int = 13
) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"'
        f' style="{STYLE};font-weight:{weight};font-size:{size}px">{escape(words)}</text>'
    )
