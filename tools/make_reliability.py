"""Figures of docs/reliability.md, from the results of the torture test.

Usage: python -m tools.make_reliability [RESULT.json ...]

Without files the page is written from tests/torture/results.json; with files their sums are
first added to it.
"""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from tests.torture.faults import FAULTS
from tests.torture.report import added

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
RESULTS = ROOT / "tests" / "torture" / "results.json"
BEGIN, END = "<!-- figures: python -m tools.make_reliability -->\n", "<!-- end of the figures -->"
COMPARED = {
    "acknowledged changes": "changes acknowledged, each found again in the final state",
    "requests": "requests through the proxy",
    "records compared": "records of devices compared with the server's",
    "repeated keys": "stored answers asked for again, byte for byte equal",
    "histories": "histories of records compared with all that was overwritten",
    "day views": "day views computed again",
    "revoked tokens": "tokens of ended sessions tried",
    "status 503": "answers `503` with `Retry-After`",
}


def page(results: dict[str, Any]) -> str:
    """The page with the tables of these results."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{_tables(results)}\n{END}{after}"


def _tables(results: dict[str, Any]) -> str:
    faults, broken = sum(results["faults"].values()), results["violations"]
    lines = [
        f"{results['rounds']:,} rounds with {faults:,} faults of the parts and"
        f" {sum(results['network'].values()):,} of the network;"
        f" **{broken} broken promise{'' if broken == 1 else 's'}**"
        + (", explained [below](#found-by-it)." if broken else "."),
        "",
        "| compared | times |",
        "|---|---:|",
        *(f"| {text} | {results['counts'].get(name, 0):,} |" for name, text in COMPARED.items()),
        "",
        "| fault | what it is | survived | recovery, s: median, most |",
        "|---|---|---:|---|",
        *(_fault(name, results) for name in FAULTS),
        f"| at the end of a round | all devices send and pull until nothing moves |"
        f" {len(results['rest_s']):,} | {_spread(results['rest_s'])} |",
        "",
        "| fault of the network | survived |",
        "|---|---:|",
        *(f"| {name} | {times:,} |" for name, times in results["network"].items()),
    ]
    return "\n".join(lines) + "\n"


def _fault(name: str, results: dict[str, Any]) -> str:
    text = (FAULTS[name].__doc__ or "").splitlines()[0].rstrip(".")
    times = results["faults"].get(name, 0)
    spread = _spread(results["recovery_s"].get(name, []))
    return f"| `{name}` | {text} | {times:,} | {spread} |"


def _spread(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "–"
    return f"{statistics.median(seconds):.1f}, {max(seconds):.1f}"


def main() -> None:
    """Add the files of the arguments, if there are any, and write the page."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    files = [json.loads(Path(name).read_text()) for name in sys.argv[1:]]
    if files:
        results = added([*([results] if results else []), *files])
        RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    PAGE.write_text(page(results), "utf-8")


if __name__ == "__main__":
    main()
