"""The benchmark of reading images counts what it says; no timings are asserted."""

import json
from pathlib import Path

import pytest

from bench.ocr import report
from bench.ocr.measure import measure
from bench.ocr.pages import menu, sheet
from bench.ocr.score import Score, Tally, distance_within, squeezed
from sync_server.ocr.engines.registry import load_engine
from sync_server.ocr.parsing.drafts import MenuDraft, WorkoutDraft

RESULTS = Path(report.__file__).parents[1] / "results" / "ocr.json"


def test_pages_are_the_same_every_time() -> None:
    for make in (menu, sheet):
        for number in range(4):
            one, other = make(number, 20), make(number, 20)
            assert one.image.tobytes() == other.image.tobytes()
            assert (one.dishes, one.exercises) == (other.dishes, other.exercises)
            assert one.dishes or one.exercises


def test_the_truth_itself_scores_full_marks() -> None:
    score = Score()
    page, paper = menu(0, 20), sheet(0, 20)
    score.add(page, [], MenuDraft(page.dishes), 0.0)
    score.add(paper, [], WorkoutDraft(paper.exercises), 0.0)
    for tally in (score.dishes, score.names, score.sections, score.exercises, score.sets):
        assert tally.precision == tally.recall == 1.0


def test_precision_and_recall_are_separate_figures() -> None:
    tally = Tally()
    tally.add(["a", "a", "b"], ["a", "c"])
    assert (tally.precision, tally.recall) == (1 / 2, 1 / 3)


@pytest.mark.parametrize(
    ("text", "longer", "wrong"),
    [("soup", "tomatosoup4.50", 0), ("soup", "tomatos0up", 1), ("soup", "", 4), ("ab", "xaybz", 1)],
)
def test_wrong_letters_are_counted_at_the_best_place(text: str, longer: str, wrong: int) -> None:
    assert distance_within(squeezed(text), longer) == wrong


def test_a_run_tells_each_of_its_classes() -> None:
    lines: list[str] = []
    some = ("clean", "keystone")
    found = measure(load_engine("mock"), 1, lambda text: lines.append(str(text)), some)
    assert list(found["classes"]) == list(some)
    assert found["peak_memory_mb"] > 0
    # The mock's items differ from the drawn ones; every mistake is reported.
    assert found["classes"]["clean"]["dishes_and_prices"][1] < 0.5
    assert any("missing" in line for line in lines)


def test_the_figures_of_the_page_are_those_of_the_last_run(tmp_path: Path) -> None:
    results = json.loads(RESULTS.read_text())
    page = Path(__file__).parents[2] / "docs" / "benchmarks.md"
    copy = tmp_path / "page.md"
    copy.write_text(page.read_text())
    assert report.write(results, copy).read_text() == page.read_text()
