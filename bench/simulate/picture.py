"""Picture of a simulated day: load and latency by time, and latency by load."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.chart import RAW, STYLE

WIDTH, HEIGHT, LEFT, TOP, GAP = 760, 190, 78, 40, 70
RIGHT = WIDTH - 24
P50, P99 = "#2da44e", "#cf222e"
DECADES = range(5)
"""Powers of ten of the scale of latencies, in ms."""


def draw(day: Mapping[str, Any], path: Path) -> Path:
    """Write the picture as SVG that reads on light and dark pages; the path."""
    title = f"A day of {day['users']:,} users in {day['seconds']:.0f} s"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} '
        f'{2 * (TOP + HEIGHT + GAP)}" role="img" aria-label="{title}">',
        *_by_time(day, title),
        *_by_load(day),
        "</svg>",
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def _by_time(day: Mapping[str, Any], title: str) -> Iterator[str]:
    windows = day["windows"]
    greatest = max(it["events_per_s"] for it in windows)
    yield _text(0, 20, f"{title}: events a second (bars), latency (lines)", weight=600)
    begins, ends = (_scale(hour, 24) for hour in day["outage_hours"])
    yield (
        f'<rect x="{begins:.0f}" y="{TOP}" width="{ends - begins:.0f}" height="{HEIGHT}"'
        f' fill="{P99}" opacity="0.12"/>'
    )
    yield _text((begins + ends) / 2, TOP - 5, "outage", "middle")
    step = (RIGHT - LEFT) / len(windows)
    for it in windows:
        height = HEIGHT * it["events_per_s"] / greatest
        yield (
            f'<rect x="{_scale(it["hour"], 24):.1f}" y="{TOP + HEIGHT - height:.1f}"'
            f' width="{step - 1:.1f}" height="{height:.1f}" fill="{RAW}" opacity="0.45"/>'
        )
    yield from _latency_axis(TOP)
    for hour in range(0, 25, 4):
        yield _text(_scale(hour, 24), TOP + HEIGHT + 16, f"{hour}:00", "middle")
    yield _text(RIGHT, TOP + 12, f"bars: {greatest:,.0f}/s at most", "end")
    for name, colour in (("p50_ms", P50), ("p99_ms", P99)):
        points = [
            (_scale(it["hour"], 24) + step / 2, _latency(it[name], TOP))
            for it in windows
            if it[name] is not None
        ]
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>'
    yield from _legend(TOP + HEIGHT + 34)


def _by_load(day: Mapping[str, Any]) -> Iterator[str]:
    top = TOP + HEIGHT + GAP + TOP
    windows = [it for it in day["windows"] if it["p99_ms"] is not None]
    greatest = max(it["events_per_s"] for it in windows)
    yield _text(0, top - 20, "Latency by load: a dot for each half hour", weight=600)
    yield from _latency_axis(top)
    for name, colour in (("p50_ms", P50), ("p99_ms", P99)):
        for it in windows:
            x, y = _scale(it["events_per_s"], greatest), _latency(it[name], top)
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}" opacity="0.8"/>'
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield _text(_scale(share, 1), top + HEIGHT + 16, f"{share * greatest:,.0f}/s", "middle")
    yield from _legend(top + HEIGHT + 34)


def _latency_axis(top: float) -> Iterator[str]:
    for decade in DECADES:
        y = _latency(10.0**decade, top)
        yield (
            f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{RAW}"'
            ' stroke-width="0.5"/>'
        )
        yield _text(LEFT - 8, y + 4, f"{10**decade:,} ms", "end")


def _legend(y: float) -> Iterator[str]:
    for x, words, colour in ((LEFT, "median", P50), (LEFT + 110, "99th percentile", P99)):
        yield f'<circle cx="{x}" cy="{y - 4}" r="4" fill="{colour}"/>'
        yield _text(x + 10, y, words)


def _latency(ms: float, top: float) -> float:
    """Height of a latency, on a scale of powers of ten."""
    greatest = DECADES[-1]
    return top + HEIGHT * (1 - min(max(math.log10(max(ms, 1e-9)), 0), greatest) / greatest)


def _scale(value: float, greatest: float) -> float:
    return LEFT + (RIGHT - LEFT) * value / greatest


def _text(x: float, y: float, words: str, anchor: str = "start", weight: int = 400) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"'
        f' style="{STYLE};font-weight:{weight}">{words}</text>'
    )
