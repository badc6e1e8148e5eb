"""Goals of the server's speed: a figure beside each, and a cause where one is missed."""

from pathlib import Path

from bench import goals
from bench.goal_list import GOALS
from bench.goals import Goal, Runs

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
NOTHING = Runs({}, {}, {})


def goal(*, is_minimum: bool) -> Goal:
    """A goal of two figures, 1 and 2."""
    return Goal("a", "b", (1.0, 2.0), lambda _: (1.0, 2.0), "{:.0f}", "Elsewhere.", is_minimum)


def test_a_goal_is_reached_by_all_of_its_figures_only() -> None:
    assert goal(is_minimum=True).is_met((1.0, 2.5))
    assert not goal(is_minimum=True).is_met((3.0, 1.9))
    assert goal(is_minimum=False).is_met((0.9, 2.0))
    assert not goal(is_minimum=False).is_met((0.9, 2.1))


def test_what_was_not_measured_is_not_missed() -> None:
    lines = list(goals.lines(NOTHING, GOALS))
    assert len(lines) == 2 + len(GOALS)
    assert all(line.endswith("| not measured |") for line in lines[2:])


def test_a_missed_goal_has_a_sentence() -> None:
    missed = Goal("a", "b", (2.0,), lambda _: (1.0,), "{:.0f}", "Elsewhere.")
    assert list(goals.lines(NOTHING, (missed, goal(is_minimum=True))))[2:] == [
        "| a | b | ≥ 2 | 1 | missed |",
        "| a | b | ≥ 1 / 2 | 1 / 2 | reached |",
        "",
        "- *a*: Elsewhere.",
    ]


def test_the_page_shows_the_results() -> None:
    table = PAGE.read_text().partition(goals.BEGIN)[2].partition(goals.END)[0]
    assert table.strip() == "\n".join(goals.lines(Runs.read(), GOALS))
