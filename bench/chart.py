"""The figures as bar charts: plain SVG that reads on light and dark pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

WIDTH, LABELS, BAR, GAP, HEAD = 760, 300, 20, 8, 44
ROOM = WIDTH - LABELS - 110
RAW, HTTP = "#9aa5b1", "#2f81f7"
TITLES = {
    "push": "Records pushed per second, 16 connections, batches of 50",
    "pull": "Records pulled per second, 16 connections, pages of 500",
}
STYLE = "font:13px system-ui,sans-serif;fill:#57606a"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is, how long, and in which colour."""

    words: str
    value: float
    colour: str


def draw(results: Mapping[str, Any], directory: Path) -> Iterator[Path]:
    """Write every chart; the paths."""
    directory.mkdir(parents=True, exist_ok=True)
    for group, title in TITLES.items():
        yield _write(directory / f"bench-{group}.svg", title, _storm(results, group), "{:,.0f}")
    title = "One device: the 99th percentile, milliseconds"
    yield _write(directory / "bench-latency.svg", title, _latencies(results), "{:,.1f}")


def _storm(results: Mapping[str, Any], group: str) -> list[Bar]:
    bars = []
    for users, found in results["users"].items():
        where = f", {int(users):,} users"
        raw, http = found[group]["raw"]["per_s"], found[group]["http"]["per_s"]
        bars += [Bar(f"plain asyncpg{where}", raw, RAW), Bar(f"over HTTP{where}", http, HTTP)]
    return bars


def _latencies(results: Mapping[str, Any]) -> list[Bar]:
    words = {
        "pull_nothing": "pull with nothing new",
        "push_100": "push of 100",
        "poke": "push to visible elsewhere",
    }
    return [
        Bar(f"{text}, {int(users):,} users", found["alone"][name]["p99_ms"], HTTP)
        for name, text in words.items()
        for users, found in results["users"].items()
    ]


def _write(path: Path, title: str, bars: list[Bar], form: str) -> Path:
    height = HEAD + len(bars) * (BAR + GAP) + GAP
    longest = max(bar.value for bar in bars)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-label="{escape(title)}">',
        f'<text x="0" y="22" style="{STYLE};font-weight:600">{escape(title)}</text>',
    ]
    for place, bar in enumerate(bars):
        top = HEAD + place * (BAR + GAP)
        length = max(1.0, ROOM * bar.value / longest)
        base = top + BAR * 0.72
        lines += [
            f'<text x="{LABELS - 10}" y="{base:.0f}" text-anchor="end" style="{STYLE}">'
            f"{escape(bar.words)}</text>",
            f'<rect x="{LABELS}" y="{top}" width="{length:.0f}" height="{BAR}" rx="3"'
            f' fill="{bar.colour}"/>',
            f'<text x="{LABELS + length + 8:.0f}" y="{base:.0f}" style="{STYLE}">'
            f"{form.format(bar.value)}</text>",
        ]
    path.write_text("\n".join([*lines, "</svg>"]) + "\n")
    return path
