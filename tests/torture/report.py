"""The figures of a run, as JSON that several runs add up in."""

import json
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

from tests.torture.rounds import Result

COUNTED = ("counts", "faults", "fates", "restarts")


class Report:
    """Sums over rounds."""

    def __init__(self) -> None:
        self.rounds = self.violations = 0
        self.counts: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.fates: Counter[str] = Counter()
        self.restarts: Counter[str] = Counter()
        self.recovered: dict[str, list[float]] = {}
        self.rest_s: list[float] = []
        self.not_here: dict[str, str] = {}
        self.seconds = 0.0

    def add(self, result: Result) -> None:
        """Count a round."""
        self.rounds += 1
        self.violations += len(result.violations)
        self.counts += result.counts
        self.faults += result.faults
        self.fates += result.fates
        self.not_here |= result.not_here
        self.rest_s.append(result.rest_s)
        for name, seconds in result.recovered:
            self.recovered.setdefault(name, []).append(seconds)

    def as_json(self) -> dict[str, Any]:
        """All figures; times in seconds."""
        return {
            "rounds": self.rounds,
            "violations": self.violations,
            "seconds": round(self.seconds, 1),
            "counts": dict(sorted(self.counts.items())),
            "faults": dict(sorted(self.faults.items())),
            "network": dict(sorted(self.fates.items())),
            "restarts": dict(sorted(self.restarts.items())),
            "recovery_s": {
                k: [round(it, 3) for it in v] for k, v in sorted(self.recovered.items())
            },
            "rest_s": [round(it, 3) for it in self.rest_s],
            "not_here": self.not_here,
        }

    def write(self, path: Path) -> None:
        """Write the figures to a file."""
        path.write_text(json.dumps(self.as_json(), indent=1) + "\n")


def added(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """The sums of several reports."""
    total: dict[str, Any] = {}
    for report in reports:
        for name, value in report.items():
            if isinstance(value, dict):
                sums = total.setdefault(name, {})
                for kind, amount in value.items():
                    if isinstance(amount, str):
                        sums[kind] = amount
                    else:
                        sums[kind] = sums[kind] + amount if kind in sums else amount
            else:
                total[name] = total[name] + value if name in total else value
    return total


def spread(seconds: list[float]) -> str:
    """Median and maximum."""
    if not seconds:
        return "–"
    return f"{statistics.median(seconds):.2f}, at most {max(seconds):.2f}"
