"""The figures of reading images, as a table for the terminal and for the page of benchmarks."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Results = Mapping[str, Any]
BEGIN, END = "<!-- figures: python -m bench ocr --draw -->", "<!-- end of reading -->"
HEADS = (
    "class", "measured", "images", "characters wrong", "dish and price: precision", "recall",
    "section", "exercise", "set: precision", "recall", "whole lines", "nutrient: precision",
    "recall", "receipts rejected", "s, median", "s, most", "CPU s, median",
)  # fmt: skip


def print_results(results: Results, console: Console) -> None:
    """Print the table."""
    table = Table(*HEADS, title=_title(results), title_justify="left")
    for row in _rows(results):
        table.add_row(*row)
    console.print(table)


def write(results: Results, page: Path) -> Path:
    """Put the table between the marks of a page."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = [_title(results), "", f"| {' | '.join(HEADS)} |", "|---|" + "---:|" * (len(HEADS) - 1)]
    lines += [f"| {' | '.join(row)} |" for row in _rows(results)]
    page.write_text(f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{after}")
    return page


def _title(results: Results) -> str:
    machine = results["machine"]
    return (
        f"{results['engine']}, {machine['cores']} cores"
        f" ({machine['architecture']}); peak memory {results['peak_memory_mb']} MB"
    )


def _rows(results: Results) -> Iterator[tuple[str, ...]]:
    for name, found in results["classes"].items():
        dishes, sets = found["dishes_and_prices"], found["sets"]
        yield (
            name,
            found["measured"],
            str(found["images"]),
            f"{found['character_error_rate']:.2%}",
            _share(dishes, 0),
            _share(dishes, 1),
            _share(found["sections"], 1),
            _share(found["exercises"], 1),
            _share(sets, 0),
            _share(sets, 1),
            _share(found["workout_lines"], 1),
            _share(found.get("nutrients"), 0),
            _share(found.get("nutrients"), 1),
            _share(found.get("receipts_rejected"), 1),
            *(f"{seconds:.1f}" for seconds in found["seconds"]),
            f"{found['cpu_seconds']:.1f}" if "cpu_seconds" in found else "–",
        )


def _share(shares: list[float] | None, at: int) -> str:
    return f"{shares[at]:.1%}" if shares else "–"
