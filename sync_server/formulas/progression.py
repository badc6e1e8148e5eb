"""Progression of an exercise, pure: the next sets from the declared rule and what was done.

Linear progression: Rippetoe and Kilgore, Practical Programming for Strength Training, chapter 6.
Double progression: Essentials of Strength Training and Conditioning, 4th edition, chapter 17
(the 2-for-2 rule). Percentages of an estimated maximum, which rises slowly: Wendler, 5/3/1 (the
training maximum). The TypeScript client computes the same (tests/vectors/progressions.json).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sync_server.formulas.strength import one_rep_maximum

Data = Mapping[str, Any]
STEP_KG, DELOAD_PCT, PERCENTS, REPS = 2.5, 10.0, (75.0,), 5
WORKING = frozenset({"normal", "failure"})
# Part of a step by which a weight may fall short of a multiple: pounds are stored to 0.01 kg.
TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class Rule:
    """Declared rule of an exercise; `kind` None repeats the last weight."""

    kind: str | None
    sets: int
    reps_min: int
    reps_max: int
    start_kg: float | None
    increment_kg: float
    step_kg: float
    percents: Sequence[float]
    deload_after: int | None
    deload_pct: float


@dataclass(frozen=True, slots=True)
class State:
    """Next weight and repetitions. `base_kg` is the weight, or the maximum of a percentage.

    `failures` counts the failed sessions in a row, `sessions` all. `reason` explains the weight.
    """

    base_kg: float | None
    reps: int
    failures: int = 0
    sessions: int = 0
    reason: str = "start"


@dataclass(frozen=True, slots=True)
class Work:
    """Result of a session: the weight of its sets, and the repetitions that all of them reached.

    `reps` is 0 if there were fewer sets than prescribed.
    """

    weight_kg: float | None
    reps: int
    maximum_kg: float | None


def rule_of(exercise: Data) -> Rule:
    """Rule of a program's exercise, with the defaults."""
    progression: Data = exercise.get("progression") or {}
    reps_min = exercise.get("reps_min") or exercise.get("reps_max") or REPS
    increment = progression.get("increment_kg")
    increment = STEP_KG if increment is None else increment
    step = progression.get("step_kg") or STEP_KG
    return Rule(
        kind=progression.get("kind"),
        sets=exercise.get("sets") or 1,
        reps_min=reps_min,
        reps_max=max(exercise.get("reps_max") or reps_min, reps_min),
        start_kg=progression.get("start_kg"),
        increment_kg=increment,
        # A step above the increment would never let a weight rise.
        step_kg=min(step, increment) if increment > 0 else step,
        percents=progression.get("percents") or PERCENTS,
        deload_after=progression.get("deload_after"),
        deload_pct=progression.get("deload_pct") or DELOAD_PCT,
    )


def work_of(sets: Iterable[Data], count: int) -> Work | None:
    """Result of the working sets of one session; None without any.

    The weight is the greatest that `count` sets had, else that of the lightest set.
    """
    done = [it for it in sets if it.get("kind", "normal") in WORKING and it.get("reps") is not None]
    if not done:
        return None
    weights = sorted((it.get("weight_kg") or 0.0 for it in done), reverse=True)
    weight = weights[min(count, len(weights)) - 1]
    reps = sorted(
        (it["reps"] for it in done if (it.get("weight_kg") or 0.0) >= weight), reverse=True
    )
    maxima = [one_rep_maximum(it.get("weight_kg"), it["reps"], "epley") for it in done]
    is_weighted = any(it.get("weight_kg") is not None for it in done)
    return Work(
        weight if is_weighted else None,
        reps[count - 1] if len(reps) >= count else 0,
        max((it for it in maxima if it is not None), default=None),
    )


def next_state(rule: Rule, history: Iterable[Sequence[Data]]) -> State:
    """State after the sessions of an exercise, the oldest first, each with its sets."""
    start = rule.start_kg if rule.kind == "percentage" else _floored(rule.start_kg, rule)
    state = State(start, rule.reps_min)
    for sets in history:
        work = work_of(sets, rule.sets)
        if work is not None:
            state = replace(_after(rule, state, work), sessions=state.sessions + 1)
    return state


def weight_of(rule: Rule, state: State) -> float | None:
    """Weight of the next sets, a multiple of the rule's step; None if it is unknown."""
    if rule.kind != "percentage" or state.base_kg is None:
        return state.base_kg
    percent = rule.percents[state.sessions % len(rule.percents)]
    return _floored(state.base_kg * percent / 100, rule)


def _after(rule: Rule, state: State, work: Work) -> State:
    base, increased = _bases(rule, state, work)
    if rule.kind is None:
        return State(base, rule.reps_min, reason="repeat")
    if work.reps < rule.reps_min:
        failures = state.failures + 1
        if rule.deload_after is not None and failures >= rule.deload_after:
            return State(_lighter(base, rule), rule.reps_min, reason="deload")
        return State(base, rule.reps_min, failures, reason="repeat")
    if rule.kind == "percentage":
        return State(increased, rule.reps_min, reason="percentage")
    if rule.kind == "double" and work.reps < rule.reps_max:
        return State(base, work.reps + 1, reason="more_reps")
    return State(increased, rule.reps_min, reason="increase")


def _bases(rule: Rule, state: State, work: Work) -> tuple[float | None, float | None]:
    """Base after a failed session, and after a success."""
    if rule.kind == "percentage":
        if state.base_kg is None or work.maximum_kg is None:
            base = work.maximum_kg if state.base_kg is None else state.base_kg
            return base, base
        limit = state.base_kg + rule.increment_kg
        return state.base_kg, max(state.base_kg, min(work.maximum_kg, limit))
    weight = work.weight_kg
    if weight is None or not rule.increment_kg:
        return weight, weight
    return weight, _floored(weight + rule.increment_kg, rule)


def _lighter(base_kg: float | None, rule: Rule) -> float | None:
    """Base after a deload: assistance grows, a load shrinks and never vanishes."""
    if base_kg is None:
        return None
    lighter = base_kg - abs(base_kg) * rule.deload_pct / 100
    if rule.kind == "percentage":
        return lighter
    floored = _floored(lighter, rule)
    return min(rule.step_kg, base_kg) if base_kg > 0 and not floored else floored


def _floored(weight_kg: float | None, rule: Rule) -> float | None:
    """Greatest multiple of the step up to a weight."""
    if weight_kg is None:
        return None
    return round(math.floor(weight_kg / rule.step_kg + TOLERANCE) * rule.step_kg, 4)
