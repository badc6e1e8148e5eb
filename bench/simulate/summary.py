"""Summary of a simulated day: load, latency and processor time by window, and of the storm."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.meter import percentile
from bench.simulate.day import OUTAGE, STORM_H, WINDOWS, window_of
from bench.simulate.devices import Recorded, Sample

LEVELS = 5
"""Levels of load that the table has, of equally many windows each."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the day.

    `hour` is its beginning; per second are events of the plan, and `server` is the share of a core
    that the server used. Latencies are in ms, None without events.
    """

    hour: float
    events_per_s: float
    p50_ms: float | None
    p99_ms: float | None
    server: float
    server_us: float | None


def summarize(recorded: Recorded, users: int, seconds: float) -> dict[str, Any]:
    """The day as JSON."""
    storm = _storm(recorded.samples, seconds)
    return {
        "users": users,
        "seconds": seconds,
        "outage_hours": list(OUTAGE),
        "events": len(recorded.samples),
        "failed": sum(recorded.errors.values()),
        "errors": dict(recorded.errors),
        "generator_late_ms": 1000 * recorded.late_s,
        "windows": [asdict(it) for it in _windows(recorded, seconds)],
        "storm": storm,
    }


def levels(day: Mapping[str, Any]) -> list[dict[str, float]]:
    """Means of the windows by level of load, from the least to the greatest; without the outage."""
    busy = [it for it in day["windows"] if it["p99_ms"] is not None]
    busy.sort(key=lambda it: it["events_per_s"])
    size = -(-len(busy) // LEVELS)
    parts = [busy[at : at + size] for at in range(0, len(busy), size)]
    return [{name: _mean(part, name) for name in part[0] if name != "hour"} for part in parts]


def _mean(windows: Sequence[Mapping[str, float]], name: str) -> float:
    return sum(it[name] for it in windows) / len(windows)


def _windows(recorded: Recorded, seconds: float) -> list[Window]:
    by_window: list[list[Sample]] = [[] for _ in range(WINDOWS)]
    for sample in recorded.samples:
        by_window[window_of(sample.hour)].append(sample)
    length = seconds / WINDOWS
    return [
        Window(
            number * 24 / WINDOWS,
            len(samples) / length,
            _ms(samples, 0.5),
            _ms(samples, 0.99),
            spent / length,
            1e6 * spent / len(samples) if samples else None,
        )
        for number, (samples, spent) in enumerate(zip(by_window, recorded.server_s, strict=True))
    ]


def _storm(samples: Sequence[Sample], seconds: float) -> dict[str, float | int | None]:
    """The reconnections: how many a second, their latencies, and when the last was answered."""
    found = [it for it in samples if it.kind == "reconnect"]
    hour_s = seconds / 24
    ends = [(it.hour - OUTAGE[1]) * hour_s + it.latency_s for it in found if it.latency_s >= 0]
    return {
        "reconnections": len(found),
        "per_s": len(found) / (STORM_H * hour_s),
        "planned_s": STORM_H * hour_s,
        "over_after_s": max(ends, default=None),
        "p50_ms": _ms(found, 0.5),
        "p99_ms": _ms(found, 0.99),
        "failed": sum(it.latency_s < 0 for it in found),
    }


def _ms(samples: Sequence[Sample], share: float) -> float | None:
    answered = [it.latency_s for it in samples if it.latency_s >= 0]
    return percentile(answered, share) if answered else None
