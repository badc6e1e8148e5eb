"""Figures of a simulated day as Markdown, between two marks of docs/scale.md."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.simulate.summary import levels

BEGIN, END = "<!-- figures: python -m bench simulate --draw -->", "<!-- end of simulate -->"


def write(results: Mapping[str, Any], path: Path) -> Path:
    """Replace the text between the marks; the path."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    text = "\n".join(lines(results))
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
    return path


def lines(results: Mapping[str, Any]) -> Iterator[str]:
    """The figures as lines of Markdown."""
    machine, day = results["machine"], results["day"]
    storm = day["storm"]
    yield (
        f"Measured {results['made_at'][:10]} on {machine['cores']} cores, which the phones used as"
        f" well; 1-minute load before the run {results['load']:.1f}. {day['users']:,} users,"
        f" {day['events']:,} events in {day['seconds']:.0f} s, {day['failed']} failed; the"
        f" generator itself was {day['generator_late_ms']:.0f} ms late at most."
    )
    yield ""
    yield "| events a second | server's CPU an event, µs | of a core | median ms | p99 ms |"
    yield "|---:|" + "---:|" * 4
    for it in levels(day):
        yield (
            f"| {it['events_per_s']:,.0f} | {it['server_us']:,.0f} | {it['server']:.0%} |"
            f" {it['p50_ms']:.1f} | {it['p99_ms']:.0f} |"
        )
    yield ""
    yield (
        f"The storm: {storm['reconnections']:,} phones in {storm['planned_s']:.1f} s"
        f" ({storm['per_s']:,.0f} a second), median {storm['p50_ms']:,.0f} ms, p99"
        f" {storm['p99_ms']:,.0f} ms; the last was answered {storm['over_after_s']:.1f} s after the"
        f" outage; {storm['failed']} failed."
    )
