"""Every test that `docs/security.md` names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE))
    assert len(named) > 50
    missing = {
        (file, name)
        for file, name in named
        if not (ROOT / file).is_file() or f"def {name}(" not in (ROOT / file).read_text()
        if name or not (ROOT / file).is_file()
    }
    assert missing == set()


def test_every_promise_names_its_test() -> None:
    promises = PAGE.partition("## Promises")[2].partition("## Findings")[0]
    rows = [line for line in promises.splitlines() if "`tests/" in line]
    promised = [line for line in promises.splitlines() if line.startswith("| ")]
    assert len(promised) - promises.count("| promise |") == len(rows)


def test_each_of_the_eighteen_findings_names_its_tests() -> None:
    findings = PAGE.partition("## Findings")[2].partition("## Fairness")[0]
    rows = re.findall(r"^\| (\d+) \| .+ \| .*`tests/.*\|$", findings, re.MULTILINE)
    assert rows == [str(number) for number in range(1, 19)]
