"""Progressions: worked by hand, and what holds for any rule and any history."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.formulas.progression import TOLERANCE, Rule, next_state, rule_of, weight_of

Sets = list[dict[str, Any]]


def sets_of(weight_kg: float | None, *reps: int) -> Sets:
    """Sets of one weight."""
    weight = {} if weight_kg is None else {"weight_kg": weight_kg}
    return [{"reps": it, "kind": "normal"} | weight for it in reps]


def prescribed(rule: Rule, history: list[Sets]) -> tuple[float | None, int, str]:
    """Weight, repetitions and reason of the next session."""
    state = next_state(rule, history)
    return weight_of(rule, state), state.reps, state.reason


def rule(kind: str | None, **progression: Any) -> Rule:
    """Rule of 3 sets of 5, or of 5 to 8 for a double progression."""
    bounds = {"sets": 3, "reps_min": 5, "reps_max": 8 if kind == "double" else 5}
    return rule_of(bounds | ({"progression": {"kind": kind} | progression} if kind else {}))


DONE, MISSED = (5, 5, 5), (5, 5, 4)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], (60, 5, "start")),
        ([sets_of(60, *DONE)], (62.5, 5, "increase")),
        ([sets_of(60, *MISSED)], (60, 5, "repeat")),
        ([sets_of(60, *MISSED), sets_of(60, *DONE)], (62.5, 5, "increase")),
        ([sets_of(60, *MISSED)] * 2, (60, 5, "repeat")),
        ([sets_of(60, *MISSED)] * 3, (52.5, 5, "deload")),
        ([sets_of(60, *MISSED)] * 3 + [sets_of(52.5, *DONE)], (55, 5, "increase")),
        ([sets_of(60, 5, 5)], (60, 5, "repeat")),
        ([sets_of(70, 3) + sets_of(60, *DONE)], (62.5, 5, "increase")),
        ([[{"reps": 5, "weight_kg": 100, "kind": "warmup"}]], (60, 5, "start")),
    ],
)
def test_a_linear_progression(history: list[Sets], expected: tuple[float, int, str]) -> None:
    linear = rule("linear", start_kg=61, deload_after=3)
    assert prescribed(linear, history) == expected


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([sets_of(20, 5, 5, 5)], (20, 6, "more_reps")),
        ([sets_of(20, 8, 7, 6)], (20, 7, "more_reps")),
        ([sets_of(20, 8, 8, 8)], (22, 5, "increase")),
        ([sets_of(20, 8, 8, 4)], (20, 5, "repeat")),
        ([sets_of(20, 8, 8, 4)] * 2, (18, 5, "deload")),
        ([sets_of(None, 8, 8, 8)], (None, 5, "increase")),
        ([sets_of(-20, 8, 8, 8)], (-18, 5, "increase")),
        ([sets_of(-20, 4, 4, 4)] * 2, (-22, 5, "deload")),
    ],
)
def test_a_double_progression(history: list[Sets], expected: tuple[float, int, str]) -> None:
    double = rule("double", increment_kg=2, deload_after=2)
    assert prescribed(double, history) == expected


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], (70, 5, "start")),
        ([sets_of(70, *DONE)], (80, 5, "percentage")),
        ([sets_of(70, *DONE), sets_of(80, *DONE)], (90, 5, "percentage")),
        # 90 x (1 + 6/30) is 108; the maximum rises by 2.5 at most.
        ([sets_of(90, 6, 6, 6)] * 3, (75, 5, "percentage")),
        ([sets_of(70, *MISSED)] * 2, (80, 5, "deload")),
    ],
)
def test_percentages_of_an_estimated_maximum(
    history: list[Sets], expected: tuple[float, int, str]
) -> None:
    percentage = rule("percentage", start_kg=100, percents=[70, 80, 90], deload_after=2)
    assert prescribed(percentage, history) == expected


def test_without_a_rule_the_last_weight_is_repeated() -> None:
    assert prescribed(rule(None), [sets_of(50, 1, 1, 1)]) == (50, 5, "repeat")
    assert prescribed(rule(None), []) == (None, 5, "start")


weights = st.integers(-40, 800).map(lambda quarters: quarters / 4)
histories = st.lists(
    st.lists(
        st.builds(lambda kg, reps: sets_of(kg, reps)[0], st.none() | weights, st.integers(0, 15)),
        max_size=5,
    ),
    max_size=12,
)
rules = st.builds(
    lambda kind, more: rule(kind, **more),
    st.sampled_from(["linear", "double", "percentage"]),
    st.fixed_dictionaries(
        {},
        optional={
            "start_kg": weights,
            "increment_kg": st.sampled_from([0, 0.5, 1.25, 2.5, 5, 10]),
            "step_kg": st.sampled_from([0.5, 1, 1.25, 2.5, 5]),
            "percents": st.lists(st.sampled_from([50, 72.5, 85, 95]), min_size=1, max_size=4),
            "deload_after": st.integers(1, 4),
            "deload_pct": st.sampled_from([5, 10, 25]),
        },
    ),
)


@given(rules, histories)
def test_a_weight_never_rises_by_more_than_declared(drawn: Rule, history: list[Sets]) -> None:
    before = next_state(drawn, history[:-1])
    after = next_state(drawn, history)
    slack = TOLERANCE * drawn.step_kg + 1e-9
    if drawn.kind == "percentage":
        if before.base_kg is not None and after.base_kg is not None:
            assert after.base_kg <= before.base_kg + drawn.increment_kg + slack
        return
    lifted = [it.get("weight_kg") or 0.0 for it in history[-1]] if history else []
    known = [*lifted, *([before.base_kg] if before.base_kg is not None else [])]
    if after.base_kg is not None and known:
        assert after.base_kg <= max(known) + drawn.increment_kg + slack


@given(rules, histories)
def test_weights_are_multiples_of_the_step(drawn: Rule, history: list[Sets]) -> None:
    state = next_state(drawn, history)
    weight = weight_of(drawn, state)
    is_computed = state.reason == "percentage" or (
        state.reason == "increase" and drawn.increment_kg
    )
    if weight is not None and is_computed:
        steps = weight / drawn.step_kg
        assert steps == pytest.approx(round(steps), abs=1e-3)


@given(rules, st.integers(1, 4), st.integers(40, 400).map(lambda half: half / 2))
def test_a_deload_follows_the_declared_number_of_failures(
    drawn: Rule, failures: int, weight_kg: float
) -> None:
    state = next_state(drawn, [sets_of(weight_kg, 1, 1, 1)] * failures)
    if drawn.deload_after is None:
        assert state.failures == failures
        assert state.reason == "repeat"
    else:
        assert state.failures == failures % drawn.deload_after
        is_deload = state.failures == 0
        assert (state.reason == "deload") == is_deload
        if is_deload and drawn.kind != "percentage":
            assert state.base_kg is not None
            assert 0 < state.base_kg < weight_kg
