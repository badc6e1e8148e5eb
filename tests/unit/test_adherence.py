"""Diet adherence: the value of each day view, and the mean of the days."""

import datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.days.day import DayContext, DayRecord, Lookups, diet
from sync_server.formulas.nutrition import Plan
from sync_server.progress.adherence import (
    LoggedFood,
    decode_logs,
    diet_adherence,
    referenced_foods,
)
from sync_server.progress.periods import BUCKETS, Bucket, Window

NAMES = ("energy_kcal", "protein_g", "carbs_g", "fat_g")
IDS = ("a", "b", "c")
FIRST = datetime.date(2026, 11, 23)  # a Monday
WEEK = Window(FIRST, FIRST + datetime.timedelta(days=6), "week")

# From 0.1 on, so that what is planned is no zero when it is rounded.
amounts = st.just(0.0) | st.floats(0.1, 500).map(lambda value: round(value, 2))
maybe = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, amounts))
foods = st.dictionaries(st.sampled_from(IDS), maybe, max_size=3)
portions = st.fixed_dictionaries({"food_id": st.sampled_from(IDS), "grams": amounts})
quick_adds = st.fixed_dictionaries(
    {"name": st.just("Pizza"), "energy_kcal": amounts},
    optional={"food_id": st.sampled_from(IDS), "grams": amounts},
)
logs = st.lists(st.builds(lambda eaten, own: own | eaten, portions | quick_adds, maybe), max_size=4)
plans = st.lists(
    st.builds(
        Plan,
        st.fixed_dictionaries(
            {"active": st.booleans(), "days_of_week": st.lists(st.integers(1, 7), unique=True)},
            optional={"starts_on": st.just("2026-11-25")}
            | {f"target_{name}": amounts for name in NAMES},
        ),
        st.lists(portions, max_size=3),
    ),
    max_size=3,
)


def log(**fields: Any) -> LoggedFood:
    given: dict[str, Any] = {"food_id": "a", "grams": 100.0} | fields
    return LoggedFood(**given)


def macros(amount: float) -> dict[str, float]:
    return dict.fromkeys(NAMES, amount)


def target(amount: float, *weekdays: int) -> Plan:
    data = {f"target_{name}": amount for name in NAMES}
    return Plan(data | {"active": True, "days_of_week": weekdays}, [])


@given(st.lists(logs, min_size=10, max_size=10), plans, foods, st.sampled_from(BUCKETS))
def test_adherence_is_what_the_day_views_say(
    eaten: Any, plans: Any, foods: Any, bucket: Bucket
) -> None:
    window = Window(FIRST, FIRST + datetime.timedelta(days=9), bucket)
    dated = [
        (FIRST + datetime.timedelta(days=offset), found)
        for offset, found in enumerate(eaten)
        if found
    ]
    diets_of_days: Any = [
        (day, diet([DayRecord(log) for log in logs], DayContext(day, plans, Lookups(foods, {}))))
        for day, logs in dated
    ]
    days = [(day, decode_logs(orjson.dumps(found))) for day, found in dated]
    answer: Any = diet_adherence(window, days, plans, foods)
    diets: dict[str, list[Any]] = {}
    for day, part in diets_of_days:
        diets.setdefault(window.start_of(day).isoformat(), []).append(part)
    assert [point["date"] for point in answer["points"]] == list(diets)
    for point in answer["points"]:
        expect(point, diets[point["date"]], exact=bucket == "day")
    expect(answer, [part for _, part in diets_of_days], exact=False)


def expect(found: Any, diets: list[Any], *, exact: bool) -> None:
    """The means of the views' figures, which are rounded: themselves when it is one day's.

    Zero is what a view shows where nothing was planned; a mean has no such days.
    """
    adhered = [diet["adherence"] for diet in diets if diet["adherence"] is not None]
    planned = [diet["planned"] for diet in diets if any(diet["planned"].values())]
    counted = (found["days_counted"], found["days_planned"], found["days_logged"])
    assert counted == (len(adhered), len(planned), len(diets))
    assert (found["adherence"] is None) == (not adhered)
    assert (found["planned"] is None) == (not planned)
    if exact:
        (diet,) = diets
        assert (found["adherence"], found["actual"]) == (diet["adherence"], diet["actual"])
        assert found["planned"] == (diet["planned"] if planned else None)
        return
    if adhered:
        assert found["adherence"] == pytest.approx(sum(adhered) / len(adhered), abs=0.1001)
    for part, known in (("planned", planned), ("actual", [diet["actual"] for diet in diets])):
        for name in NAMES if known else ():
            mean = sum(each[name] for each in known) / len(known)
            assert found[part][name] == pytest.approx(mean, abs=0.1001)


def test_a_mean_counts_the_days_that_have_a_value() -> None:
    # Monday: all of 100 eaten. Tuesday: 50. Wednesday: nothing logged. Thursday: nothing planned.
    days = [
        (FIRST, [log(**macros(100.0))]),
        (FIRST + datetime.timedelta(days=1), [log(**macros(20.0)), log(**macros(30.0))]),
        (FIRST + datetime.timedelta(days=3), [log(**macros(90.0))]),
    ]
    answer: Any = diet_adherence(WEEK, days, [target(100.0, 1, 2, 3)], {})
    assert answer["adherence"] == 75.0
    assert (answer["days_counted"], answer["days_planned"], answer["days_logged"]) == (2, 2, 3)
    assert answer["actual"] == macros(80.0)
    assert answer["planned"] == macros(100.0)
    assert answer["points"] == [
        {"date": "2026-11-23"}
        | {name: answer[name] for name in answer["points"][0].keys() - {"date"}}
    ]


def test_a_plan_of_energy_alone_is_a_plan_without_adherence() -> None:
    plan = Plan({"active": True, "days_of_week": [1], "target_energy_kcal": 2000.0}, [])
    answer: Any = diet_adherence(WEEK, [(FIRST, [log(**macros(1.0))])], [plan], {})
    assert (answer["adherence"], answer["planned"]["energy_kcal"]) == (None, 2000.0)
    assert (answer["days_counted"], answer["days_planned"]) == (0, 1)


def test_only_foods_that_a_figure_depends_on_are_looked_up() -> None:
    items = [{"food_id": "c", "grams": 10.0}]
    days = [(FIRST, [log(**macros(1.0)), log(food_id="b", **macros(1.0) | {"fat_g": None})])]
    assert referenced_foods(days, [Plan({}, items)]) == {"b", "c"}


def test_nothing_logged_has_no_means() -> None:
    answer: Any = diet_adherence(Window(None, None), [], [target(100.0, 1)], {})
    assert answer == {
        "from": None, "to": None, "bucket": "day", "points": [],
        "adherence": None, "planned": None, "actual": None,
        "days_counted": 0, "days_planned": 0, "days_logged": 0,
    }  # fmt: skip
