"""Searching the catalogue: one device that types, word by word and letter by letter."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from urllib.parse import quote
from uuid import uuid4

import uvloop
from rich.table import Table

from bench.load import push_body
from bench.meter import percentile
from bench.stage import Stage
from bench.wire import Account, Line, request
from sync_server.catalogue.load import rows

OWN = 2000
TIMES = 1500
WARM_UP = 100
PROFILE, ALONE, BESIDE = "/users/me", "profile, alone", "profile, beside searches"
WORDS = {
    "whole words": ("chicken breast", "whole milk", "greek yogurt", "olive oil", "brown rice"),
    "beginnings": ("chick", "brea chick", "ban", "oatm", "pota bak", "yog"),
    "many matches": ("raw", "beef", "fat free", "with salt", "cooked"),
    "one letter": ("c", "b", "z", "m"),
    "mistyped": ("chiken brest", "brocoli", "mlik", "bred", "tomatoe", "cheddr chese"),
    "nothing": ("zzzzqqqq", "鸡胸肉", "nutella"),
}
EXERCISES = ("bench press", "squat", "dead lift", "curl", "bnech")


def measure(stage: Stage, times: int = TIMES) -> Table:
    """Latencies of searches by what is typed, by a user with OWN foods, alone on the server.

    The last rows are another user's profile, alone and beside searches: their difference is how
    long the event loop waits for the worker thread.
    """
    account, other = stage.accounts(2)
    table = Table("", "searches", "p50 ms", "p99 ms", "greatest ms", title_justify="left")
    table.title = f"Search among {sum(1 for _ in rows('foods')):,} foods and {OWN} of one's own"
    measured = uvloop.run(_measure(stage.base_url, account, other, times))
    profiles = {what: measured.pop(what) for what in (ALONE, BESIDE)}
    everything = [latency for latencies in measured.values() for latency in latencies]
    for what, latencies in {**measured, "all": everything, **profiles}.items():
        figures = (percentile(latencies, share) for share in (0.5, 0.99, 1.0))
        table.add_row(what, f"{len(latencies):,}", *(f"{figure:.2f}" for figure in figures))
    return table


async def _measure(
    base_url: str, account: Account, other: Account, times: int
) -> dict[str, list[float]]:
    line = await Line.open(base_url)
    try:
        for body in own_foods():
            await line.ask(request("POST", "/sync/push", account.token, body, key=uuid4().hex))
        paths_by_kind = {
            what: [f"/foods/search?q={quote(q)}" for q in qs] for what, qs in WORDS.items()
        }
        paths_by_kind["exercises"] = [f"/exercises/search?q={quote(q)}" for q in EXERCISES]
        for paths in paths_by_kind.values():
            await _ask(line, account, paths, WARM_UP)
        share = times // len(paths_by_kind)
        measured = {
            what: await _ask(line, account, paths, share) for what, paths in paths_by_kind.items()
        }
        searches = [path for paths in paths_by_kind.values() for path in paths]
        return measured | await _measure_beside(base_url, line, account, other, searches, share)
    finally:
        line.close()


async def _measure_beside(
    base_url: str, line: Line, account: Account, other: Account, searches: list[str], times: int
) -> dict[str, list[float]]:
    beside = await Line.open(base_url)
    try:
        alone = await _ask(beside, other, [PROFILE], times)
        searching = asyncio.create_task(_until_cancelled(line, account, searches))
        during = await _ask(beside, other, [PROFILE], times)
        searching.cancel()
        await searching
        return {ALONE: alone, BESIDE: during}
    finally:
        beside.close()


async def _until_cancelled(line: Line, account: Account, paths: Sequence[str]) -> None:
    with suppress(asyncio.CancelledError):
        while True:
            await _ask(line, account, paths, len(paths))


async def _ask(line: Line, account: Account, paths: Sequence[str], times: int) -> list[float]:
    latencies = []
    for path in itertools.islice(itertools.cycle(paths), times):
        sent = request("GET", path, account.token)
        started = time.perf_counter()
        await line.ask(sent)
        latencies.append(time.perf_counter() - started)
    return latencies


def own_foods() -> Iterator[bytes]:
    """Pushes of a sample of the built-in foods under other names."""
    nutrients = {"energy_kcal": 100, "protein_g": 10, "carbs_g": 10, "fat_g": 2}
    foods = itertools.islice(rows("foods"), 0, None, 8789 // OWN)
    changes = [
        json.dumps(
            {"collection": "foods", "id": str(uuid4()), "op": "put", "clock": 1_790_000_000_000_001}
            | {"data": nutrients | {"name": f"My {food['name']}"[:500], "brand": "Own"}}
        )
        for food in itertools.islice(foods, OWN)
    ]
    for first in range(0, len(changes), 100):
        yield push_body(changes[first : first + 100], str(uuid4()))
