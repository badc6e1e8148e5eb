"""The architecture page names every folder of the server, and only code that is there."""

import re
from functools import reduce
from importlib import import_module
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


def test_every_step_of_a_walk_names_code_that_is_there() -> None:
    """Steps such as `push/snapshot.read_snapshot`, below `sync_server/` or `sync_server/sync/`."""
    walks = PAGE[PAGE.index("## The life of a push") :]
    steps = re.findall(r"`([a-z_]+(?:/[a-z_]+)+)((?:\.\w+)*)`", walks)
    assert len(steps) > 60
    for path, names in steps:
        bases = [
            base
            for base in ("sync_server", "sync_server/sync")
            if (ROOT / base / path).is_dir() or (ROOT / base / f"{path}.py").is_file()
        ]
        assert bases, path
        module = import_module(f"{bases[0]}/{path}".replace("/", "."))
        reduce(getattr, filter(None, names.split(".")), module)
