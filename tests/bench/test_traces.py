"""Cost of traces: its calculation, and the page of the committed results."""

import json
from pathlib import Path

import pytest

from bench import traces
from bench.traces_command import PAGE, RESULTS


def test_a_cost_is_the_median_of_the_differences_within_a_turn() -> None:
    turns = [
        {"off": 100e-6, "off again": 101e-6, "on": 102e-6},
        {"off": 200e-6, "off again": 202e-6, "on": 204e-6},
        {"off": 300e-6, "off again": 303e-6, "on": 600e-6},
    ]
    cost = traces.cost(turns)
    assert cost.off_us == pytest.approx(200)
    assert cost.added == pytest.approx(0.02)
    assert cost.noise == pytest.approx(0.01)
    assert cost.low <= cost.added <= cost.high


def test_the_page_has_the_committed_figures(tmp_path: Path) -> None:
    results = json.loads(RESULTS.read_text())
    copied = tmp_path / PAGE.name
    copied.write_text(PAGE.read_text())
    traces.write(results, copied)
    assert copied.read_text() == PAGE.read_text()
    assert set(results["works"]) == set(traces.WORKS)
    assert all(it["added"] <= 0.03 for it in results["works"].values())
