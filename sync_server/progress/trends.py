"""The body over time: the trend of its weight, and the course of whatever else is measured."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sync_server.progress.periods import Window, earlier

KEPT_A_DAY = 0.9
SETTLED_DAYS = 365
"""After so many days a seed's share of the trend, 0.9^365, is less than a float can hold."""

Series = Sequence[tuple[datetime.date, float]]
"""Dated values in the order of their days."""


def weight_trend(weights: Series) -> list[float]:
    """The exponentially weighted mean after each weighing, in kilograms, not rounded.

    `trend += (1 − 0.9^days) × (weight − trend)`, seeded with the first value: The Hacker's Diet
    (John Walker, https://www.fourmilab.ch/hackdiet/), whose daily 10 % smoothing this is when no
    day is missing.
    """
    trends: list[float] = []
    trend, last = 0.0, None
    for day, weight in weights:
        if last is None:
            trend = weight
        else:
            trend += (1 - KEPT_A_DAY ** (day - last).days) * (weight - trend)
        last = day
        trends.append(trend)
    return trends


def slope_a_week(series: Series) -> float | None:
    """The least-squares line's rise in seven days; None with fewer than two days."""
    if len(series) < 2:
        return None
    days = [day.toordinal() for day, _ in series]
    middle = mean(days)
    spread = sum((day - middle) ** 2 for day in days)
    height = mean(value for _, value in series)
    product = sum(
        (day - middle) * (value - height) for day, (_, value) in zip(days, series, strict=True)
    )
    return 7 * product / spread if spread else None


def settled_before(first: datetime.date | None) -> datetime.date | None:
    """The day by which the last weighing makes as good a seed as the first of all."""
    return first and earlier(first, SETTLED_DAYS)


def weight_progress(window: Window, weights: Series) -> dict[str, object]:
    """The answer of `/progress/weight`; `weights` begin before the window, where there are any."""
    pairs = [
        (day, (weight, trend))
        for (day, weight), trend in zip(weights, weight_trend(weights), strict=True)
        if window.first is None or day >= window.first
    ]
    trends = [(day, trend) for day, (_, trend) in pairs]
    slope = slope_a_week(trends)
    return window.told() | {
        "points": [
            {
                "date": start.isoformat(),
                "weight_kg": round(mean(weight for weight, _ in found), 2),
                "trend_kg": round(mean(trend for _, trend in found), 2),
                "days_counted": len(found),
            }
            for start, found in window.buckets(pairs)
        ],
        "change_kg": round(trends[-1][1] - trends[0][1], 2) if len(trends) > 1 else None,
        "per_week_kg": None if slope is None else round(slope, 2),
        "days_counted": len(pairs),
    }


def metric_progress(
    window: Window, days: Sequence[tuple[datetime.date, Mapping[str, Any]]], names: Iterable[str]
) -> dict[str, object]:
    """The answer of `/progress/metrics`: of each metric its points and what sums them up."""
    return window.told() | {
        "metrics": {
            name: _course(
                window, [(day, data[name]) for day, data in days if data.get(name) is not None]
            )
            for name in names
        }
    }


def _course(window: Window, series: Series) -> dict[str, object]:
    values = [value for _, value in series]
    return {
        "points": [
            {
                "date": start.isoformat(),
                "value": round(mean(found), 2),
                "days_counted": len(found),
            }
            for start, found in window.buckets(series)
        ],
        "mean": round(mean(values), 2) if values else None,
        "min": min(values, default=None),
        "max": max(values, default=None),
        "first": values[0] if values else None,
        "last": values[-1] if values else None,
        "days_counted": len(values),
    }


def mean(values: Iterable[float]) -> float:
    """The mean of values that there are."""
    found = list(values)
    return sum(found) / len(found)
