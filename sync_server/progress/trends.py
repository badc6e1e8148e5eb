"""Trends of body weight and of other body measurements."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sync_server.progress.periods import Window, earlier

DECAY_A_DAY = 0.9
SETTLED_DAYS = 365
"""Days after which the weight of the first value, 0.9^365, is below float precision."""

Series = Sequence[tuple[datetime.date, float]]
"""Dated values in order of their days."""


def weight_trend(weights: Series) -> list[float]:
    """Exponentially weighted moving average after each weighing, in kilograms, not rounded.

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
            trend += (1 - DECAY_A_DAY ** (day - last).days) * (weight - trend)
        last = day
        trends.append(trend)
    return trends


def slope_a_week(series: Series) -> float | None:
    """Slope of the least-squares line, per week; None with fewer than two days."""
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
    """Latest day whose weighing can seed the trend without loss of precision."""
    return first and earlier(first, SETTLED_DAYS)


def weight_progress(window: Window, weights: Series) -> dict[str, object]:
    """Response of `/progress/weight`; `weights` may begin before the window."""
    pairs = [
        (day, (weight, trend))
        for (day, weight), trend in zip(weights, weight_trend(weights), strict=True)
        if window.first is None or day >= window.first
    ]
    trends = [(day, trend) for day, (_, trend) in pairs]
    slope = slope_a_week(trends)
    return window.to_json() | {
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
    """Response of `/progress/metrics`: points and statistics of each metric."""
    return window.to_json() | {
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
    """Mean of at least one value."""
    found = list(values)
    return sum(found) / len(found)
