"""Rounds become figures: medians, rates per second and per processor second, percentiles."""

from dataclasses import asdict, dataclass
from statistics import median

from bench.meter import Measure, percentile

PARTS = ("server", "postgres", "valkey", "load", "others")


@dataclass(frozen=True, slots=True)
class Figures:
    """What several rounds of one kind of work came to.

    Rates are records (or requests, where nothing is carried) per second: the median of the
    rounds, their least and greatest. `cpu_ms_per_1000` is processor time per 1,000 of them;
    `cores` is how many processors each part kept busy.
    """

    per_s: float
    per_s_least: float
    per_s_most: float
    p50_ms: float
    p99_ms: float
    cpu_ms_per_1000: dict[str, float]
    cores: dict[str, float]

    def per_cpu_s(self, part: str) -> float:
        """Records for each processor second that `part` spent; 0 when it spent none."""
        spent = self.cpu_ms_per_1000[part]
        return 1_000_000 / spent if spent else 0.0


def figures(rounds: list[Measure]) -> Figures:
    """The figures of some rounds; a round that carried no records counts its requests."""
    counts = [measure.records or len(measure.latencies) for measure in rounds]
    rates = [count / measure.seconds for count, measure in zip(counts, rounds, strict=True)]
    latencies = [latency for measure in rounds for latency in measure.latencies]
    return Figures(
        per_s=round(median(rates), 1),
        per_s_least=round(min(rates), 1),
        per_s_most=round(max(rates), 1),
        p50_ms=round(percentile(latencies, 0.5), 3),
        p99_ms=round(percentile(latencies, 0.99), 3),
        cpu_ms_per_1000={part: _cpu_of(part, rounds, counts) for part in PARTS},
        cores={
            part: round(median([measure.cpu[part] / measure.seconds for measure in rounds]), 2)
            for part in PARTS
        },
    )


def _cpu_of(part: str, rounds: list[Measure], counts: list[int]) -> float:
    # The kernel counts in hundredths of a second: sums are finer than medians of rounds.
    return round(1_000_000 * sum(measure.cpu[part] for measure in rounds) / sum(counts), 3)


def ratio(part: Figures, whole: Figures) -> float:
    """How much of the raw rate is reached."""
    return round(part.per_s / whole.per_s, 3)


def as_json(found: Figures) -> dict[str, object]:
    """The figures as a JSON object."""
    return asdict(found)
