"""The standard set of measurements, raw and over HTTP in turn, at one number of users."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from bench import bulk, load, notification, raw
from bench.first_sync import FirstSync, first_sync
from bench.meter import Measure
from bench.stage import Stage
from bench.summary import figures, median_of, ratios
from bench.wire import Account

P = ParamSpec("P")
T = TypeVar("T")
Found = dict[str, object]
Report = Callable[[str], None]

CONNECTIONS = 16
BATCH = 50
PAGE = 500
GREATEST_PAGE = 5_000
HISTORY = 5_000
LONG_HISTORY = 100_000


@dataclass(frozen=True, slots=True)
class Size:
    """Size of a run: rounds, batches per round, seconds per pull, repeats of one device."""

    rounds: int
    batches: int
    pull_s: float
    repeats: int


STANDARD = Size(rounds=5, batches=320, pull_s=1.0, repeats=400)
QUICK = Size(rounds=1, batches=32, pull_s=0.2, repeats=20)


def apart(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do the work in a process of its own, so that nothing else is on its account."""
    return _process().submit(work, *args, **kwargs).result()


@cache
def _process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def measure_all(stage: Stage, size: Size, report: Report) -> Found:
    """Everything, in the order of the report."""
    accounts = stage.accounts(CONNECTIONS)
    users = bulk.add_users(stage.database_url, CONNECTIONS)
    report("pushes, raw and over HTTP in turn")
    found: Found = {"push": _pushes(stage, size, accounts, users)}
    report("pulls, raw and over HTTP in turn")
    found["pull"] = _pulls(stage, size)
    report("one device alone")
    found["alone"] = _alone(stage, size)
    report("first sync of a long history")
    found["first_sync"] = _first_syncs(stage, size)
    return found


def _pushes(stage: Stage, size: Size, accounts: Sequence[Account], users: Sequence[str]) -> Found:
    rounds: dict[str, list[Measure]] = {"raw": [], "raw_statement": [], "http": []}

    def turn() -> dict[str, Measure]:
        place, batches = stage.database_url, size.batches
        return {
            "raw": apart(raw.push_raw, place, stage.pids, users, batches, BATCH, "transaction"),
            "http": apart(load.push_storm, stage.base_url, stage.pids, accounts, batches, BATCH),
            "raw_statement": apart(
                raw.push_raw, place, stage.pids, users, batches, BATCH, "statement"
            ),
        }

    return _in_turn(rounds, turn, size.rounds)


def _pulls(stage: Stage, size: Size) -> Found:
    accounts = stage.accounts(CONNECTIONS)
    for account in accounts:
        bulk.add_records(stage.database_url, account.user_id, HISTORY)
    bulk.settle(stage.database_url)
    users = [account.user_id for account in accounts]
    rounds: dict[str, list[Measure]] = {"raw": [], "http": [], "http_with_days": []}

    def turn() -> dict[str, Measure]:
        place, pids, seconds = stage.base_url, stage.pids, size.pull_s
        return {
            "raw": apart(raw.pull_raw, stage.database_url, pids, users, seconds, PAGE),
            "http": apart(load.pull_storm, place, pids, accounts, seconds, PAGE, "none"),
            "http_with_days": apart(
                load.pull_storm, place, pids, accounts, seconds, PAGE, "touched"
            ),
        }

    return _in_turn(rounds, turn, size.rounds)


def _in_turn(
    rounds: dict[str, list[Measure]], turn: Callable[[], dict[str, Measure]], count: int
) -> Found:
    """Rounds of each kind by turns, so that what slows the machine slows all of them."""
    turn()  # warms caches and connections
    for _ in range(count):
        for way, measure in turn().items():
            rounds[way].append(measure)
    found = {way: figures(measures) for way, measures in rounds.items()}
    return {
        **{way: asdict(kind) for way, kind in found.items()},
        "of_raw": ratios(found["raw"], found["http"]),
    }


def _alone(stage: Stage, size: Size) -> Found:
    account, reader, notified = stage.accounts(3)
    bulk.add_records(stage.database_url, reader.user_id, PAGE)
    place, pids, times = stage.base_url, stage.pids, size.repeats
    measures = {
        "floor": apart(load.floor_storm, place, pids, [account], times),
        "pull_nothing": apart(load.pull_nothing, place, pids, reader, 2 * times),
        "push_1": apart(load.push_alone, place, pids, account, times, 1),
        "push_100": apart(load.push_alone, place, pids, account, times // 2, 100),
        "poke": apart(notification.notify_and_pull, place, pids, notified, times // 2),
    }
    return {name: asdict(figures([measure])) for name, measure in measures.items()}


def _first_syncs(stage: Stage, size: Size) -> Found:
    (account,) = stage.accounts(1)
    bulk.add_records(stage.database_url, account.user_id, LONG_HISTORY)
    bulk.settle(stage.database_url)
    found: Found = {}
    for name, page, views in (
        ("pages_of_500", PAGE, "touched"),
        ("pages_of_5000", GREATEST_PAGE, "touched"),
        ("pages_of_5000_without_days", GREATEST_PAGE, "none"),
    ):
        rounds: list[FirstSync] = [
            apart(first_sync, stage.base_url, stage.pids, account, page, views)
            for _ in range(min(3, size.rounds))
        ]
        found[name] = median_of(rounds)
    return found
