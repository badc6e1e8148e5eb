"""The benchmark of reading images counts what it says; no timings are asserted."""

import json
from pathlib import Path

import pytest

from bench.ocr import report
from bench.ocr.eu_labels import eu_label
from bench.ocr.label_foods import american, european
from bench.ocr.measure import measure
from bench.ocr.pages import menu, sheet
from bench.ocr.receipts import label_receipt, menu_receipt
from bench.ocr.score import Score, Tally, distance_within, squeezed, wrong_nutrients
from bench.ocr.us_labels import us_label
from sync_server.ocr.engines.registry import load_engine
from sync_server.ocr.parsing.drafts import FoodDraft, LabelDraft, MenuDraft, WorkoutDraft

RESULTS = Path(report.__file__).parents[1] / "results" / "ocr.json"


def test_pages_are_the_same_every_time() -> None:
    for make in (menu, sheet, eu_label, us_label, menu_receipt, label_receipt):
        for number in range(2):
            one, other = make(number, 20), make(number, 20)
            assert one.image.tobytes() == other.image.tobytes()
            assert (one.dishes, one.exercises) == (other.dishes, other.exercises)
            assert one.dishes or one.exercises or one.nutrients or one.receipt


def test_the_truth_itself_scores_full_marks() -> None:
    score = Score()
    page, paper = menu(0, 20), sheet(0, 20)
    score.add(page, [], MenuDraft(page.dishes), 0.0)
    score.add(paper, [], WorkoutDraft(paper.exercises), 0.0)
    for tally in (score.dishes, score.names, score.sections, score.exercises, score.sets):
        assert tally.precision == tally.recall == 1.0


def test_a_label_and_a_receipt_are_scored() -> None:
    score, page, receipt = Score(), eu_label(0, 20), menu_receipt(0, 20)
    score.add(page, [], LabelDraft((FoodDraft({}, "100 g", page.nutrients),)))
    score.add(receipt, [], None)
    assert score.nutrients.precision == score.nutrients.recall == 1.0
    assert (score.rejected.right, score.rejected.true, score.rejected.reported) == (1, 1, 1)
    score.add(page, [], None)
    assert score.nutrients.recall == 0.5, "a label that is refused has no nutrients"
    wrong = {"fat_g": 2.0, "iron_mg": 1.0}
    assert wrong_nutrients({"fat_g": 1.0, "salt_g": 1.0}, wrong) == ["fat_g", "iron_mg", "salt_g"]


@pytest.mark.parametrize(
    ("name", "value", "text", "meaning"),
    [("fat_g", 12.4, "12", 12.0), ("fat_g", 3.46, "3.5", 3.5), ("fat_g", 0.3, "<0.5", 0.25),
     ("saturated_fat_g", 0.3, "0.3", 0.3), ("salt_g", 1.26, "1.3", 1.3),
     ("salt_g", 0.126, "0.13", 0.13), ("salt_g", 0.0, "0", 0.0), ("vitamin_c_mg", 63.7, "64", 64)],
)  # fmt: skip
def test_european_amounts_are_rounded(name: str, value: float, text: str, meaning: float) -> None:
    printed = european(name, value)
    assert (printed.number, printed.value) == (text, meaning)


@pytest.mark.parametrize(
    ("name", "value", "text", "meaning"),
    [("energy_kcal", 47.0, "45", 45.0), ("energy_kcal", 214.0, "210", 210.0),
     ("fat_g", 3.3, "3.5g", 3.5), ("fat_g", 7.6, "8g", 8.0), ("trans_fat_g", 0.4, "0g", 0.0),
     ("cholesterol_mg", 3.0, "less than 5mg", 2.5), ("sodium_mg", 134.0, "135mg", 135.0),
     ("sugar_g", 0.7, "less than 1g", 0.5), ("iron_mg", 1.26, "1.3mg", 1.3)],
)  # fmt: skip
def test_american_amounts_are_rounded(name: str, value: float, text: str, meaning: float) -> None:
    printed = american(name, value)
    assert (printed.text, printed.value) == (text, meaning)


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
