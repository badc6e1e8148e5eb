"""The architecture page names every folder of the server, and only files that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text()


def test_every_folder_of_the_server_has_its_responsibility() -> None:
    server = ROOT / "sync_server"
    folders = [path.parent for path in server.glob("*/__init__.py")]
    folders += [path.parent for path in (server / "sync").glob("*/__init__.py")]
    for folder in folders:
        assert f"| `{folder.relative_to(ROOT)}/` |" in PAGE, folder


def test_every_path_on_the_page_is_there() -> None:
    for path in re.findall(r"`((?:sync_server|schema|clients|migrations|tests)/[\w/.]*)`", PAGE):
        assert (ROOT / path).exists(), path
