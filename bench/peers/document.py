"""Figures beside the peers as Markdown, between two marks of docs/benchmarks.md."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.peers.measure import RAW, Figure, Results

BEGIN, END = "<!-- figures: python -m bench peers --draw -->", "<!-- end of peers -->"


def write(results: Results, head: Mapping[str, Any], path: Path) -> Path:
    """Replace what stands between the marks; the path."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = "\n".join(_lines(results, head))
    path.write_text(f"{before}{BEGIN}\n\n{lines}\n\n{END}{after}")
    return path


def _lines(results: Results, head: Mapping[str, Any]) -> Iterator[str]:
    machine = head["machine"]
    yield (
        f"Measured {head['made_at'][:10]} on {machine['cores']} cores ({machine['architecture']}),"
        f" Python {machine['python']}; 1-minute load before the run {head['load']:.1f}."
    )
    yield ""
    yield (
        "| | this server: per s | CPU µs | p99 ms | FastAPI: per s | CPU µs | p99 ms |"
        " rate, in FastAPI's | CPU: FastAPI's in ours | rate, of raw | CPU, of raw |"
    )
    yield "|---|" + "---:|" * 10
    for kind, by_server in results.items():
        own, peer = by_server["this server"], by_server["FastAPI"]
        cells = [kind, *_cells(own), *_cells(peer)]
        cells += [f"{own.per_s / peer.per_s:.1f}×", f"{peer.all_us / own.all_us:.1f}×"]
        raw = by_server.get(RAW)
        cells += (
            [f"{own.per_s / raw.per_s:.0%}", f"{raw.all_us / own.all_us:.0%}"] if raw else ["", ""]
        )
        yield f"| {' | '.join(cells)} |"


def _cells(figure: Figure) -> list[str]:
    return [f"{figure.per_s:,.0f}", f"{figure.all_us:,.1f}", f"{figure.p99_ms:.1f}"]
