"""Cost of what a push carries for explanations: the header Device-Report."""

from functools import partial
from statistics import median

from rich.table import Table

from bench import load
from bench.runs import BATCH, CONNECTIONS, apart
from bench.stage import stage

REPORT = (
    '{"name":"Ann\'s phone","waiting":3,"oldest_age_s":86400,"last_error":"offline",'
    '"last_error_age_s":60,"app_version":"1.4.2","schema_version":1,"clock_offset_us":-1200}'
)
PARTS = ("server", "postgres", "valkey")
CHANGES = {1: 1_000, BATCH: 60}
"""Pushes of a round by their number of changes."""


def measure(rounds: int) -> Table:
    """Processor time of a push without and with a report, by turns, in microseconds."""
    table = Table("push of", "without, µs", "with, µs", "ratio")
    with stage() as staged:
        accounts = staged.accounts(CONNECTIONS)
        for size, pushes in CHANGES.items():
            spent: dict[str, list[float]] = {"": [], REPORT: []}
            for number in range(rounds + 1):
                for report in ("", REPORT) if number % 2 else (REPORT, ""):
                    storm = partial(load.push_storm, report=report)
                    found = apart(storm, staged.base_url, staged.pids, accounts, pushes, size)
                    if number:  # the first round warms caches and connections
                        total = sum(found.cpu[part] for part in PARTS)
                        spent[report].append(1e6 * total / pushes)
            without, reported = median(spent[""]), median(spent[REPORT])
            table.add_row(
                str(size), f"{without:.0f}", f"{reported:.0f}", f"{reported / without:.3f}"
            )
    return table
