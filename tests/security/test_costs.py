"""The page of costs has a row for every route, and names only settings that exist."""

import re
from pathlib import Path

from sync_server.config.settings import SETTINGS
from sync_server.routes import RESOURCES
from tests.security.attack_routes import filled, routes

PAGE = (Path(__file__).parents[2] / "docs" / "costs.md").read_text()
SLUGS = {name.replace("_", "-") for name in RESOURCES}
_NAMED = ("copy", "last-time", "revise", "shopping-list", "next")


def documented() -> list[str]:
    """Routes of the page, as `GET /path`."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    cells = [row.split(" | ")[0] for row in rows]
    return [route for cell in cells for route in re.findall(r"`([A-Z]+ /[^`]*)`", cell)]


def served() -> set[str]:
    """Routes of the server, with `{collection}` for the path of a collection."""
    found = set()
    for route in routes():
        parts = filled(route).split("/")
        generic = len(parts) < 4 or parts[3] not in _NAMED
        if parts[1] in SLUGS and (len(parts) == 2 or parts[2].startswith("{")) and generic:
            parts[1] = "{collection}"
        found.add(f"{route.method} {'/'.join(parts)}")
    return found


def test_the_page_of_costs_has_every_route() -> None:
    """A new route needs a row in docs/costs.md: its most work, and what bounds it."""
    assert sorted(documented()) == sorted(served())


def test_the_page_names_settings_that_exist() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]{4,})`", PAGE))
    assert len(named) > 20
    assert named <= {name.upper() for name in SETTINGS}
