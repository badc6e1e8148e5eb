"""Fairness: the latency of an ordinary user, alone and beside each attack of another user."""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from rich.table import Table

from bench import attacks
from bench.attacks import API, Attacker
from bench.stage import Stage

PAUSE_S, PROBE_S, WARM_UP_S = 0.05, 0.02, 1.0
START_S = 60.0
"""Longest start of an attacker's process: it imports much, which is no attack."""
MARKS = ("<!-- bench-fair -->\n", "<!-- /bench-fair -->\n")
HEADINGS = (
    "attack of one user", "pull p50 / p99 ms", "push p50 / p99 ms", "p99 grew by",
    "liveness max ms", "failed requests",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Samples:
    """Latencies of an ordinary user's requests in seconds, and the number of failed ones."""

    pulls: list[float]
    pushes: list[float]
    probes: list[float]
    failed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Samples without and with an attack."""

    name: str
    alone: Samples
    beside: Samples


def measure(staged: Stage, seconds: float) -> Iterator[Outcome]:
    """Every attack in turn, each beside a new ordinary user."""
    context = multiprocessing.get_context("spawn")
    for name in attacks.ATTACKS:
        victim, attacker = staged.accounts(2)
        asyncio.run(_prepare(staged.base_url, attacker.token, victim.token))
        alone = asyncio.run(_watch(staged.base_url, victim.token, seconds))
        began = context.Event()
        process = context.Process(
            target=attacks.run, args=(name, staged.base_url, attacker.token, began)
        )
        process.start()
        try:
            assert began.wait(START_S), "the attack did not start"
            time.sleep(WARM_UP_S)
            beside = asyncio.run(_watch(staged.base_url, victim.token, seconds))
        finally:
            process.kill()
            process.join()
        yield Outcome(name, alone, beside)
        time.sleep(WARM_UP_S)


def table(outcomes: list[Outcome]) -> Table:
    """The outcomes, for a terminal."""
    made = Table(*HEADINGS)
    alone = together(outcomes)
    for outcome in outcomes:
        made.add_row(*_cells(outcome, alone))
    return made


def together(outcomes: list[Outcome]) -> Samples:
    """All samples without an attack: their 99th percentile is more certain than that of a part."""
    alone = [outcome.alone for outcome in outcomes]
    return Samples(
        [seconds for samples in alone for seconds in samples.pulls],
        [seconds for samples in alone for seconds in samples.pushes],
        [seconds for samples in alone for seconds in samples.probes],
        sum(samples.failed for samples in alone),
    )


def write(outcomes: list[Outcome], page: Path, load: float) -> Path:
    """Put the outcomes into a page, between its marks."""
    text = page.read_text()
    before, _, rest = text.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    alone = together(outcomes)
    lines = [
        f"{os.cpu_count()} cores; the load average was {load:.1f} before. Alone → attacked. "
        f"All {len(alone.pulls):,} rounds alone: pull {_pair(alone.pulls)} ms, push "
        f"{_pair(alone.pushes)} ms; with an attack {len(outcomes[0].beside.pulls)} or so.\n",
        "| " + " | ".join(HEADINGS) + " |",
        "|---" * len(HEADINGS) + "|",
        *("| " + " | ".join(_cells(outcome, alone)) + " |" for outcome in outcomes),
    ]
    page.write_text(before + MARKS[0] + "\n".join(lines) + "\n" + MARKS[1] + after)
    return page


def figures(outcomes: list[Outcome]) -> dict[str, object]:
    """The outcomes for a file: milliseconds at the median and the 99th percentile, and growth."""
    alone = together(outcomes)
    return {
        outcome.name: {
            "growth": round(growth(outcome, alone), 2),
            "liveness_max_ms": round(max(outcome.beside.probes) * 1000, 1),
            "failed": outcome.beside.failed,
            "alone": _milliseconds(outcome.alone),
            "attacked": _milliseconds(outcome.beside),
        }
        for outcome in outcomes
    }


def _milliseconds(samples: Samples) -> dict[str, object]:
    kinds = {"pulls": samples.pulls, "pushes": samples.pushes}
    found: dict[str, object] = {"rounds": len(samples.pulls)}
    for kind, seconds in kinds.items():
        found[kind] = [round(_quantile(seconds, share) * 1000, 1) for share in (0.5, 0.99)]
    return found


def _cells(outcome: Outcome, all_alone: Samples) -> list[str]:
    alone, beside = outcome.alone, outcome.beside
    return [
        outcome.name,
        f"{_pair(alone.pulls)} → {_pair(beside.pulls)}",
        f"{_pair(alone.pushes)} → {_pair(beside.pushes)}",
        f"{growth(outcome, all_alone):.1f} ×",
        f"{max(alone.probes) * 1000:.0f} → {max(beside.probes) * 1000:.0f}",
        f"{alone.failed} → {beside.failed}",
    ]


def growth(outcome: Outcome, alone: Samples) -> float:
    """Greater factor by which the 99th percentile of pulls or of pushes grew."""
    pairs = (
        (alone.pulls, outcome.beside.pulls),
        (alone.pushes, outcome.beside.pushes),
    )
    return max(_quantile(beside, 0.99) / _quantile(alone, 0.99) for alone, beside in pairs)


def _pair(samples: list[float]) -> str:
    return f"{_quantile(samples, 0.5) * 1000:.0f} / {_quantile(samples, 0.99) * 1000:.0f}"


def _quantile(samples: list[float], share: float) -> float:
    return sorted(samples)[int(len(samples) * share)]


async def _prepare(base_url: str, token: str, victim: str) -> None:
    """Give the attacker 2,000 foods with names of 18 words.

    A search of the ordinary user makes the index of built-in foods, once after a start.
    """
    async with aiohttp.ClientSession() as http:
        for _ in range(2):
            status = await Attacker(http, base_url, token).push(1000, words=18)
            assert status == 200, status
        await attacks.plain_searches(Attacker(http, base_url, victim))


async def _watch(base_url: str, token: str, seconds: float) -> Samples:
    samples = Samples([], [], [], 0)
    failed = 0
    async with aiohttp.ClientSession() as http:
        user = Attacker(http, base_url, token)
        ends = time.perf_counter() + seconds

        async def probe() -> None:
            while time.perf_counter() < ends:
                started = time.perf_counter()
                async with http.get(base_url.removesuffix(API) + "/health/live") as response:
                    await response.read()
                samples.probes.append(time.perf_counter() - started)
                await asyncio.sleep(PROBE_S)

        probing = asyncio.create_task(probe())
        while time.perf_counter() < ends:
            started = time.perf_counter()
            pulled = await user.send("GET", "/sync/pull?limit=10")
            middle = time.perf_counter()
            pushed = await user.push(1)
            samples.pulls.append(middle - started)
            samples.pushes.append(time.perf_counter() - middle)
            failed += (pulled != 200) + (pushed != 200)
            await asyncio.sleep(PAUSE_S)
        await probing
    return Samples(samples.pulls, samples.pushes, samples.probes, failed)
