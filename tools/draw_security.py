"""Draws the pictures of docs/security.md: the threat model, and the flows of an account.

Usage: python -m tools.draw_security

The flows are the Mermaid blocks of docs/how-to/accounts.md, the attackers are the table of
docs/security.md.
"""

import re
import textwrap
from html import escape
from pathlib import Path

from tools.sequence_drawing import draw, parse

DOCS = Path(__file__).resolve().parent.parent / "docs"
PICTURES = DOCS / "pictures"
# Picture by the heading and the number of its block in the page.
FLOWS = {
    "log-in": ("Log-in, with or without a second factor", 0),
    "authenticator-app": ("Enabling an authenticator app", 0),
    "passkey": ("Adding a passkey", 0),
    "reset": ("A forgotten password", 0),
    "address": ("Verifying and changing an address", 0),
    "provider": ("Sign-in with Google, Apple or another provider", 0),
    "provider-page": ("Sign-in with Google, Apple or another provider", 1),
}
# Zones between boundaries of trust: their boxes, and the attackers who act there, in the order of
# the table.
ZONES = (
    ("Devices of the person", ("app, local records", "browser page", "passkey, code app"), (3,)),
    ("Internet", ("proxy: TLS, HSTS",), (1,)),
    ("Server", ("routes, a token each", "children: images, files", "support routes"), (2, 5)),
    ("Stores", ("PostgreSQL, row security", "Valkey", "images, backups"), (4,)),
    ("Other services", ("SMTP server", "identity providers"), ()),
)
# Box to box, by zone and row.
FLOW_ARROWS = (
    ((0, 0), (1, 0)), ((0, 1), (1, 0)), ((1, 0), (2, 0)), ((2, 0), (3, 0)), ((2, 0), (3, 1)),
    ((2, 1), (3, 2)), ((2, 2), (3, 0)), ((2, 0), (2, 1)),
)  # fmt: skip
ZONE, BOX, TOP, STEP, LINE = 200, 168, 66, 58, 17
SERVICES_Y = TOP + 3 * STEP + 36


def attackers(page: str) -> list[tuple[str, str, str]]:
    """Attacker, abilities and defence of each row of the table."""
    table = page.partition("| attacker | abilities | defence |\n|---|---|---|\n")[2]
    rows = table.partition("\n\n")[0].splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return [(name, abilities, defence) for name, abilities, defence in cells]


def threats(page: str) -> str:
    """The threat model as SVG text."""
    found = attackers(page)
    width, bottom = ZONE * 4 + 40, SERVICES_Y + 88
    legend = [line for number, row in enumerate(found, 1) for line in _legend(number, row)]
    height = bottom + 20 + LINE * len(legend)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="system-ui, sans-serif" font-size="12" role="img">',
        "<title>Data flows, boundaries of trust, and who attacks where</title>",
        '<rect width="100%" height="100%" fill="#fbfaf7"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#1f5f8b"/></marker></defs>',
    ]
    parts += [_zone(at) for at in range(len(ZONES))]
    parts += [_arrow(_place(*source), _place(*target)) for source, target in FLOW_ARROWS]
    server = _place(2, 2)
    parts += [
        _arrow((server[0], TOP + 3 * STEP - 8), (_place(4, row)[0], _place(4, row)[1] - 15))
        for row in range(2)
    ]
    parts += [
        f'<text x="20" y="{bottom + LINE * row}" {style}>{escape(text)}</text>'
        for row, (text, style) in enumerate(legend)
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend(number: int, row: tuple[str, str, str]) -> list[tuple[str, str]]:
    name, abilities, defence = row
    return [
        (f"{number}  {name}: {abilities}", 'fill="#a3262a" font-weight="600"'),
        *((f"     {line}", 'fill="#22303c"') for line in textwrap.wrap(defence, 118)),
    ]


def _place(zone: int, row: int) -> tuple[float, float]:
    """Centre of a box."""
    if zone == 4:
        return 2 * ZONE + 20 + BOX / 2 + (row * 2 - 1) * ZONE / 2, SERVICES_Y + 36
    return 20 + ZONE * zone + BOX / 2 + 4, TOP + STEP * row + 15


def _zone(at: int) -> str:
    title, boxes, acting = ZONES[at]
    if at == 4:
        x, y, wide, high = ZONE + 26.0, SERVICES_Y, 2.0 * ZONE + 140, 62
    else:
        x, y, wide, high = 16.0 + ZONE * at, 22, BOX + 16.0, TOP + 3 * STEP - 30
    parts = [
        f'<rect x="{x:g}" y="{y}" width="{wide:g}" height="{high}" rx="8" fill="none" '
        'stroke="#8a8474" stroke-dasharray="6 4"/>',
        f'<text x="{x + 10:g}" y="{y + 17}" fill="#6b6557">{title}</text>',
    ]
    for row, name in enumerate(boxes):
        cx, cy = _place(at, row)
        parts.append(
            f'<rect x="{cx - BOX / 2:g}" y="{cy - 15:g}" width="{BOX}" height="30" rx="6" '
            f'fill="#22303c"/><text x="{cx:g}" y="{cy + 4:g}" fill="#fff" '
            f'text-anchor="middle">{escape(name)}</text>'
        )
    for place, number in enumerate(acting):
        cx = x + wide - 16 - 24 * (len(acting) - 1 - place)
        parts.append(
            f'<circle cx="{cx:g}" cy="{y + 14}" r="10" fill="#a3262a"/><text x="{cx:g}" '
            f'y="{y + 18}" fill="#fff" text-anchor="middle" font-weight="600">{number}</text>'
        )
    return "".join(parts)


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    if x1 == x2:
        y1, y2 = y1 + 15, y2 - 15
    elif abs(y2 - y1) < 200 and y1 < SERVICES_Y - 60 and y2 < SERVICES_Y:
        x1, x2 = x1 + BOX / 2, x2 - BOX / 2
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="#1f5f8b" '
        'stroke-width="1.5" marker-end="url(#tip)"/>'
    )


def flow(name: str, page: str) -> str:
    """The picture of a flow as SVG text."""
    heading, number = FLOWS[name]
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```mermaid\n(.*?)```", section, re.DOTALL)
    return draw(parse(blocks[number]), heading)


def pictures() -> dict[str, str]:
    """Text of each picture by the name of its file."""
    page = (DOCS / "how-to" / "accounts.md").read_text("utf-8")
    found = {f"account-{name}.svg": flow(name, page) for name in FLOWS}
    return {**found, "threats.svg": threats((DOCS / "security.md").read_text("utf-8"))}


if __name__ == "__main__":
    for file, text in pictures().items():
        (PICTURES / file).write_text(text, "utf-8")
