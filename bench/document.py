"""The figures of a run as Markdown, put between two marks of docs/benchmarks.md."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.report import ALONE, STORMS

BEGIN, END = "<!-- figures: python -m bench draw -->", "<!-- end of figures -->"
Results = Mapping[str, Any]


def write(results: Results, path: Path) -> Path:
    """Replace what stands between the marks; the path."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = "\n".join(_lines(results))
    path.write_text(f"{before}{BEGIN}\n\n{lines}\n\n{END}{after}")
    return path


def _lines(results: Results) -> Iterator[str]:
    machine = results["machine"]
    yield (
        f"Measured {results['made_at'][:10]} on {machine['cores']} cores"
        f" ({machine['architecture']}, {machine['memory_gib']} GiB), Python {machine['python']}."
    )
    users = list(results["users"])
    for title, body in (
        ("Storms: 16 connections", _storms),
        ("Of the raw limit", _ratios),
        ("One device alone", _alone),
        ("First sync of 100,000 records", _first_syncs),
    ):
        yield f"\n### {title}\n"
        for count in users:
            yield _heading(count, results["users"][count])
            yield from body(results["users"][count])
            yield ""


def _heading(users: str, found: Results) -> str:
    busy: list[float] = [found[group][way]["cores"]["others"] for group, way, _ in STORMS]
    return (
        f"**{int(users):,} users in the table** (other programs kept"
        f" {sum(busy) / len(busy):.1f} cores busy during the storms)\n"
    )


def _table(headings: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield "|---|" + "---:|" * (len(headings) - 1)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _storms(found: Results) -> Iterator[str]:
    headings = (
        "", "records/s", "p50 ms", "p99 ms",
        "CPU ms per 1,000: server", "PostgreSQL", "client", "cores busy: server", "PostgreSQL",
        "client",
    )  # fmt: skip
    each = ((words, found[group][way]) for group, way, words in STORMS)
    parts = ("server", "postgres", "load")
    rows = (
        (
            words,
            f"{kind['per_s']:,.0f}",
            f"{kind['p50_ms']:.1f}",
            f"{kind['p99_ms']:.1f}",
            *(f"{kind['cpu_ms_per_1000'][part]:.1f}" for part in parts),
            *(f"{kind['cores'][part]:.2f}" for part in parts),
        )
        for words, kind in each
    )
    return _table(headings, rows)


def _ratios(found: Results) -> Iterator[str]:
    headings = ("", "aim", "records/s", "per processor second of server or raw client", "of all")
    rows = (
        (
            group,
            aim,
            *(
                f"{found[group]['of_raw'][name]:.0%}"
                for name in ("rate", "per_client_cpu", "per_cpu")
            ),
        )
        for group, aim in (("push", "≥ 50 %"), ("pull", "≥ 30 %"))
    )
    return _table(headings, rows)


def _alone(found: Results) -> Iterator[str]:
    rows = (
        (words, f"{kind['p50_ms']:.2f}", f"{kind['p99_ms']:.2f}")
        for words, kind in ((words, found["alone"][name]) for name, words in ALONE)
    )
    return _table(("", "p50 ms", "p99 ms"), rows)


def _first_syncs(found: Results) -> Iterator[str]:
    headings = ("", "seconds", "MiB received", "server's memory before, MiB", "at its peak, MiB")
    rows = (
        (
            name.replace("_", " "),
            f"{kind['seconds']:.2f}",
            f"{kind['received_mib']:.1f}",
            f"{kind['resident_before_mib']:.0f}",
            f"{kind['peak_mib']:.0f}",
        )
        for name, kind in found["first_sync"].items()
    )
    return _table(headings, rows)
