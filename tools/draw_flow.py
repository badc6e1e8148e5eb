"""Draws docs/pictures/flow.svg: how a push and a pull flow, from the steps below.

Usage: python tools/draw_flow.py [FILE]
"""

import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

ACTORS = ("phone", "server", "PostgreSQL", "Valkey", "tablet")
COLUMN, TOP, ROW, WIDTH = 190, 90, 34, 5 * 190 + 20


@dataclass(frozen=True)
class Step:
    """An arrow from one actor to another, or a note when both are the same."""

    source: str
    target: str
    text: str


STEPS = (
    Step("phone", "phone", "logs sets and meals offline: SQLite + outbox"),
    Step("phone", "server", "POST /sync/push · Idempotency-Key · changes"),
    Step("server", "Valkey", "a stored response under this key?"),
    Step("server", "server", "validate, correct clocks, derive ids"),
    Step("server", "PostgreSQL", "read the user's head and the records of the batch"),
    Step("server", "server", "merge: last write wins, per register (pure)"),
    Step("server", "PostgreSQL", "write records, response and version, if the head is the same"),
    Step("server", "phone", "200 · a result per change"),
    Step("server", "Valkey", "cache the response, notify the user's channel"),
    Step("Valkey", "server", "notification (any process)"),
    Step("server", "tablet", "SSE: event head, version 4212"),
    Step("tablet", "server", "GET /sync/pull?cursor=…"),
    Step("server", "PostgreSQL", "head and page after the cursor, in one snapshot"),
    Step("server", "tablet", "changes as stored, day views, cursor"),
)


def drawing() -> str:
    """The sequence diagram as SVG text."""
    height = TOP + ROW * (len(STEPS) + 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="system-ui, sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#fbfaf7"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#1f5f8b"/></marker></defs>',
    ]
    for actor in ACTORS:
        x = _x(actor)
        parts.append(
            f'<line x1="{x}" y1="56" x2="{x}" y2="{height - 12}" stroke="#c9c4b8"/>'
            f'<rect x="{x - 62}" y="22" width="124" height="34" rx="6" fill="#22303c"/>'
            f'<text x="{x}" y="44" fill="#fff" text-anchor="middle">{actor}</text>'
        )
    parts.extend(_step(step, TOP + ROW * row) for row, step in enumerate(STEPS))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(actor: str) -> int:
    return 105 + COLUMN * ACTORS.index(actor)


def _step(step: Step, y: int) -> str:
    start, end = _x(step.source), _x(step.target)
    text = escape(step.text)
    if start == end:
        width = 6.6 * len(step.text) + 16
        left = max(4.0, start - width / 2)
        return (
            f'<rect x="{left}" y="{y - 14}" width="{width}" height="22" rx="4" fill="#efe6cf"/>'
            f'<text x="{left + width / 2}" y="{y + 1}" text-anchor="middle">{text}</text>'
        )
    gap = 2 if end > start else -2
    return (
        f'<line x1="{start + gap}" y1="{y + 4}" x2="{end - gap}" y2="{y + 4}" stroke="#1f5f8b" '
        f'stroke-width="1.5" marker-end="url(#tip)"/>'
        f'<text x="{(start + end) / 2}" y="{y - 2}" text-anchor="middle" fill="#22303c" '
        f'stroke="#fbfaf7" stroke-width="4" paint-order="stroke">{text}</text>'
    )


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/flow.svg")
    target.write_text(drawing())
