"""Page of the logbook's figures: the tests and the commands that it names exist."""

import re
from pathlib import Path

from bench.__main__ import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/figures.md").read_text()


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)
    assert len(named) > 30
    missing = [
        (file, name)
        for file, name in named
        if not (ROOT / file).is_file() or f"def {name or 'test_'}" not in (ROOT / file).read_text()
    ]
    assert missing == []


def test_every_command_that_the_page_names_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([\w-]+)", PAGE)) <= targets
    assert set(re.findall(r"`python -m bench ([\w-]+)", PAGE)) <= set(main.commands)


def test_every_promise_names_its_test() -> None:
    promises = PAGE.partition("## Other promises")[2]
    rows = [line for line in promises.splitlines() if line.startswith("| ")][1:]
    assert rows
    assert all("`tests/" in row for row in rows)
