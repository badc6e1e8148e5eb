"""The page about reliability: its figures are those of the results, its names exist."""

import json
import re

from tests.torture.invariants import INVARIANTS
from tests.torture.planted import BUGS
from tools import make_reliability

PAGE = make_reliability.PAGE.read_text("utf-8")


def test_the_figures_are_those_of_the_results() -> None:
    results = json.loads(make_reliability.RESULTS.read_text())
    assert make_reliability.page(results) == PAGE, "run `python -m tools.make_reliability`"


def test_every_promise_names_an_invariant_and_planted_bugs_that_exist() -> None:
    promises = PAGE.partition("## Promises")[2].partition("## A round")[0]
    named = set(re.findall(r"`([a-z]\w*_\w+)`", promises))
    assert named == {check.__name__ for check in INVARIANTS} | set(BUGS) | {"backup_restored"}
