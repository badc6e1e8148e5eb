"""Cost of what a push carries for explanations: the header Device-Report."""

import random
from collections.abc import Sequence
from statistics import median

from rich.table import Table

from bench.runs import BATCH, apart
from bench.stage import stage
from bench.turns import push_turns

REPORT = (
    '{"name":"Ann\'s phone","waiting":3,"oldest_age_s":86400,"last_error":"offline",'
    '"last_error_age_s":60,"app_version":"1.4.2","schema_version":1,"clock_offset_us":-1200}'
)
PUSHES = {1: 40, BATCH: 4}
"""Pushes of a turn by their number of changes."""
RESAMPLES = 2000


def measure(turns: int) -> Table:
    """Processor time of a push in microseconds, and what a report adds to it.

    What it adds is the median over the turns, with its 95 % interval, of the difference in the
    server's process: PostgreSQL gets a report once a minute.
    """
    table = Table("push of", "all parts, µs", "a report adds, µs", "share", "95 % interval")
    with stage() as staged:
        (account,) = staged.accounts(1)
        for size, pushes in PUSHES.items():
            found = apart(
                push_turns,
                staged.base_url,
                staged.pids,
                account,
                turns + 5,
                pushes,
                size,
                ("", REPORT),
            )[5:]  # the first ones warm caches and connections
            whole = median(total for (_, total), _ in found)
            added = [reported - plain for (plain, _), (reported, _) in found]
            low, high = interval(added)
            table.add_row(
                str(size),
                f"{1e6 * whole:.0f}",
                f"{1e6 * median(added):.1f}",
                f"{median(added) / whole:.1%}",
                f"{low / whole:.1%} to {high / whole:.1%}",
            )
    return table  # fmt: skip


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of the median of the values, by resampling them."""
    chance = random.Random(1)
    medians = sorted(median(chance.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return medians[RESAMPLES // 40], medians[-RESAMPLES // 40]
