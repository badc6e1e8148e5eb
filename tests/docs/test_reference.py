"""Generated pages are up to date, and links have targets."""

import re
from pathlib import Path

import pytest

from schema import COLLECTIONS
from sync_server.app import create_app
from sync_server.config.settings import Config
from tools import make_reference

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("clients/*/*.md")])
PAGES += [ROOT / "tests/README.md"]


def test_generated_pages_are_fresh() -> None:
    for page, text in make_reference.pages().items():
        assert page.read_text() == text, f"{page.name}: run `make generated`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text()):
        other = page.parent / target if target else page
        assert other.exists(), target
        if anchor:
            titles = re.findall(r"^#+ +(.*)$", other.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert anchor in slugs, anchor


def test_every_page_is_on_the_map() -> None:
    on_the_map = (ROOT / "docs/README.md").read_text() + (ROOT / "README.md").read_text()
    for page in (ROOT / "docs").rglob("*.md"):
        if "decisions" not in page.parts and page.name != "README.md":
            assert str(page.relative_to(ROOT / "docs")) in on_the_map, page.name


def test_every_route_is_on_the_cheat_sheet() -> None:
    rows = re.findall(r"^\| `(\S+ \S+)` \|", make_reference.cheat_sheet(), re.MULTILINE)
    assert len(rows) == len(set(rows))
    slugs = {f"/{name.replace('_', '-')}" for name in COLLECTIONS}
    expected = set()
    for route in create_app(Config()).router.routes():
        assert route.resource is not None
        path = route.resource.canonical.removeprefix("/api/v1")
        slug, _, rest = path.partition("/{id}")
        derived = slug in slugs and rest in ("", "/history", "/restore")
        shown = path.replace(slug, "/{collection}") if derived else path
        if route.method not in ("HEAD", "OPTIONS"):
            expected.add(f"{route.method} {shown}")
    assert set(rows) == expected


def test_the_table_of_collections_is_replaced_between_its_markers() -> None:
    begin, end = make_reference.BEGIN_TABLE, make_reference.END_TABLE
    text = make_reference.protocol(f"before {begin} old {end} after")
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert "old" not in text
    for name in COLLECTIONS:
        assert f"| `{name}` |" in text


def test_the_map_of_the_tests_names_every_folder() -> None:
    text = (ROOT / "tests/README.md").read_text()
    for path in (ROOT / "tests").iterdir():
        if path.is_dir() and not path.name.startswith(("_", ".")):
            assert f"]({path.name})" in text, path.name
