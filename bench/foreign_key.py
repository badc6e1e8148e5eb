"""Share of the foreign key to users in a push of new records: two databases, one without it."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

import asyncpg
from rich.table import Table

from bench import load
from bench.meter import Measure
from bench.runs import BATCH, CONNECTIONS, apart
from bench.stage import SERVE, Stage, stage

BATCHES = 160
CONSTRAINT = "ALTER TABLE records DROP CONSTRAINT records_user_id_fkey"
PARTS = ("server", "postgres", "valkey")


def measure(rounds: int) -> Table:
    """A table of medians of `rounds` rounds, and of the ratios of each round."""
    found: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    with ExitStack() as stack:
        works = {
            has_key: _work(stack.enter_context(stage(SERVE)), has_key) for has_key in (True, False)
        }
        for number in range(rounds + 1):
            for has_key in (True, False) if number % 2 else (False, True):
                spent = _spent(works[has_key]())
                if number:  # the first round warms caches and connections
                    found[has_key].append(spent)
    table = Table("µs of processor a record", "with", "without", "share")
    for column, name in enumerate(("PostgreSQL", "all")):
        pairs = [
            (own[column], other[column])
            for own, other in zip(found[True], found[False], strict=True)
        ]
        share = median(1 - other / own for own, other in pairs)
        own, other = (median(values) for values in zip(*pairs, strict=True))
        table.add_row(name, f"{own:.1f}", f"{other:.1f}", f"{share:.0%}")
    return table


def _work(staged: Stage, has_key: bool) -> Callable[[], Measure]:
    if not has_key:
        asyncio.run(_execute(staged.database_url, CONSTRAINT))
    accounts, place, pids = staged.accounts(CONNECTIONS), staged.base_url, staged.pids
    return lambda: apart(load.push_storm, place, pids, accounts, BATCHES, BATCH)


async def _execute(database_url: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _spent(measured: Measure) -> tuple[float, float]:
    """Microseconds of a record: PostgreSQL's, and all."""
    spent = (measured.cpu["postgres"], sum(measured.cpu[part] for part in PARTS))
    return 1e6 * spent[0] / measured.records, 1e6 * spent[1] / measured.records
