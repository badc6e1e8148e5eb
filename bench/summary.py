"""Rounds become figures: medians, rates per second and per processor second, percentiles."""

from dataclasses import asdict, dataclass
from statistics import median

from bench.first_sync import FirstSync
from bench.meter import Measure, percentile

MIB = 1024 * 1024
PARTS = ("server", "postgres", "valkey", "load", "others")


@dataclass(frozen=True, slots=True)
class Figures:
    """Summary of several rounds of one kind of work.

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


def ratios(raw: Figures, http: Figures) -> dict[str, float]:
    """Share of the raw limit that HTTP reaches, in rate and in CPU efficiency.

    `rate` compares records per second; `per_client_cpu` compares records per processor second of
    the server with those of the raw client, both of them one Python process before the same
    PostgreSQL; `per_cpu` compares them per processor second of all processes together.
    """
    return {
        "rate": round(http.per_s / raw.per_s, 3),
        "per_client_cpu": round(_ratio(raw.cpu_ms_per_1000["load"], http, ("server",)), 3),
        "per_cpu": round(
            _ratio(_spent(raw, ("load", "postgres")), http, ("server", "postgres", "load")), 3
        ),
    }


def _ratio(raw_ms: float, http: Figures, parts: tuple[str, ...]) -> float:
    spent = _spent(http, parts)
    return raw_ms / spent if spent else 0.0


def _spent(found: Figures, parts: tuple[str, ...]) -> float:
    return sum(found.cpu_ms_per_1000[part] for part in parts)


def median_of(rounds: list[FirstSync]) -> dict[str, object]:
    """The figures of the median of some first syncs; memory in MiB."""
    found = sorted(rounds, key=lambda each: each.measure.seconds)[len(rounds) // 2]
    return {
        "seconds": round(found.measure.seconds, 2),
        "records": found.measure.records,
        "received_mib": round(found.received_bytes / MIB, 1),
        "resident_before_mib": round(found.resident / MIB, 1),
        "peak_mib": round(found.peak / MIB, 1),
        **asdict(figures([found.measure])),
    }
