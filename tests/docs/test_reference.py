"""The pages that the code tells itself say what it says now, and links lead somewhere."""

import re
from pathlib import Path

import pytest

from tools import make_reference

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("clients/*/*.md")])


@pytest.mark.parametrize("page", make_reference.pages(), ids=lambda page: page.name)
def test_a_generated_page_is_fresh(page: Path) -> None:
    assert page.read_text() == make_reference.pages()[page], "run `make reference`"


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
    sheet = make_reference.cheat_sheet()
    assert sheet.count("\n| `") > 50
    assert make_reference.readme("x" + make_reference.BEGIN + make_reference.END) != "x"
