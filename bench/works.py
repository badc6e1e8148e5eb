"""Kinds of work that one server does again and again, to be compared with another's."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from bench import bulk, load
from bench.meter import Measure
from bench.runs import BATCH, CONNECTIONS, PAGE, apart
from bench.stage import Stage

ROWS = 5_000

Works = Mapping[str, Callable[[], Measure]]


class Amounts(NamedTuple):
    """Amounts of a round: pushes of a storm, its seconds of pulls, requests of one device."""

    batches: int
    pull_s: float
    alone: int


def works_on(staged: Stage, amounts: Amounts) -> Works:
    """The works by name; readers get ROWS records first."""
    writers, readers, (alone,) = (staged.accounts(n) for n in (CONNECTIONS, CONNECTIONS, 1))
    for reader in readers:
        bulk.add_records(staged.database_url, reader.user_id, ROWS)
    bulk.settle(staged.database_url)
    place, pids = staged.base_url, staged.pids
    return {
        f"push of {BATCH}": lambda: apart(
            load.push_storm, place, pids, writers, amounts.batches, BATCH
        ),
        f"overwriting push of {BATCH}": lambda: apart(
            load.overwrite_storm, place, pids, writers, amounts.batches, BATCH
        ),
        "push of 1": lambda: apart(load.push_storm, place, pids, writers, 2 * amounts.alone, 1),
        "push of 1, one device": lambda: apart(
            load.push_alone, place, pids, alone, amounts.alone, 1
        ),
        f"pull of {PAGE}": lambda: apart(
            load.pull_storm, place, pids, readers, amounts.pull_s, PAGE, "none"
        ),
        f"pull of {PAGE} with days": lambda: apart(
            load.pull_storm, place, pids, readers, amounts.pull_s, PAGE, "touched"
        ),
        "empty pull": lambda: apart(load.pull_nothing, place, pids, alone, amounts.alone),
        "constant route": lambda: apart(load.floor_storm, place, pids, [alone], amounts.alone),
    }
