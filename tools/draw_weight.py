"""Draws docs/pictures/weight.svg: the demo account's weighings and their trend, as a server tells.

Needs a seeded server: `python tools/draw_weight.py http://127.0.0.1:8000`.
"""

import json
import sys
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PICTURE = Path(__file__).resolve().parents[1] / "docs/pictures/weight.svg"
DEMO = {"email": "demo@trackforge.com", "password": "demo1234"}
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 760, 300, 54, 44, 34
STYLE = "font:13px system-ui,sans-serif;fill:#57606a"


def response_of(url: str, token: str = "", body: object = None) -> Any:
    """A JSON answer of the server."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
        return json.load(answer)


def drawn(points: Sequence[dict[str, Any]]) -> str:
    """The points of `/progress/weight` as SVG: dots are weighings, the line is the trend."""
    weights: list[float] = [point["weight_kg"] for point in points]
    lowest, highest = min(weights) - 0.3, max(weights) + 0.3
    room_x, room_y = WIDTH - LEFT - 16, HEIGHT - TOP - BOTTOM

    def x(number: int) -> float:
        return LEFT + room_x * number / max(len(points) - 1, 1)

    def y(kilograms: float) -> float:
        return TOP + room_y * (highest - kilograms) / (highest - lowest)

    dots = "".join(
        f'<circle cx="{x(number):.1f}" cy="{y(weight):.1f}" r="3" fill="#9aa5b1"/>'
        for number, weight in enumerate(weights)
    )
    line = " ".join(
        f"{x(number):.1f},{y(point['trend_kg']):.1f}" for number, point in enumerate(points)
    )
    title = "Body weight in kg: weighings, and their trend (0.9 a day, the Hacker's Diet)"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" aria-label="{title}">'
        f'<text x="{LEFT}" y="24" style="{STYLE};font-weight:600">{title}</text>'
        f"{_scale(lowest, highest, y)}{dots}"
        f'<polyline points="{line}" fill="none" stroke="#2f81f7" stroke-width="2.5"/>'
        f'<text x="{LEFT}" y="{HEIGHT - 10}" style="{STYLE}">{points[0]["date"]}</text>'
        f'<text x="{WIDTH - 16}" y="{HEIGHT - 10}" text-anchor="end" style="{STYLE}">'
        f"{points[-1]['date']}</text></svg>\n"
    )


def _scale(lowest: float, highest: float, y: Callable[[float], float]) -> str:
    return "".join(
        f'<text x="{LEFT - 8}" y="{y(kilograms) + 4:.1f}" text-anchor="end" style="{STYLE}">'
        f'{kilograms}</text><line x1="{LEFT}" x2="{WIDTH - 16}" y1="{y(kilograms):.1f}" '
        f'y2="{y(kilograms):.1f}" stroke="#9aa5b1" stroke-opacity="0.3"/>'
        for kilograms in range(int(lowest) + 1, int(highest) + 1)
    )


def main() -> None:
    """Ask the server and write the picture."""
    api = f"{sys.argv[1].rstrip('/')}/api/v1"
    token = response_of(f"{api}/auth/login", body=DEMO)["access_token"]
    PICTURE.write_text(drawn(response_of(f"{api}/progress/weight", token)["points"]))


if __name__ == "__main__":
    main()
