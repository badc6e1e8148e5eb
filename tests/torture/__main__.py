"""Torture test as a command: `python -m tests.torture --seconds 600 --seed 1`.

With `--base-url` the server is the one that answers there, and only devices and networks fail.
Ends with status 1 if a promise was broken; the seed and the story of what broke are printed.
"""

import argparse
import asyncio
import signal
import sys
import time
from pathlib import Path

from tests.torture.clients import node
from tests.torture.faults import FAULTS
from tests.torture.given import OUTSIDE, GivenRound, given
from tests.torture.plan import Plan, shrunk
from tests.torture.report import Report
from tests.torture.rounds import Result, Round
from tests.torture.stack import Stack, running_stack

ROUNDS_OF_A_STACK = 40


async def torture(
    seconds: float,
    seed: int,
    faults: list[str] | None = None,
    report: Report | None = None,
    path: Path | None = None,
    max_violations: int = 3,
    *,
    shrinks: bool = False,
    base_url: str = "",
) -> Report:
    """Rounds with the seeds from `seed` on until the time is over, or too much was broken.

    They have a stack of their own, or the server at `base_url`.
    """
    report = report or Report()
    faults = OUTSIDE if base_url and faults is None else faults
    kind = GivenRound if base_url else Round
    started = time.monotonic()
    while time.monotonic() < started + seconds and report.violations < max_violations:
        async with given(base_url) if base_url else running_stack() as stack:
            for _ in range(ROUNDS_OF_A_STACK):
                plan = Plan.of(seed, with_node=node() is not None, faults=faults)
                result = await kind(stack, plan).run()
                report.add(result)
                report.seconds = time.monotonic() - started
                show(result)
                if path is not None:
                    report.write(path)
                seed += 1
                if result.violations and shrinks:
                    await _show_smallest(stack, plan)
                if time.monotonic() > started + seconds or report.violations >= max_violations:
                    break
            report.restarts += stack.restarts
    return report


async def _show_smallest(stack: Stack, plan: Plan) -> None:
    """Print the smallest plan that breaks a promise, if another one than this does."""

    async def breaks(smaller: Plan) -> bool:
        return bool((await Round(stack, smaller).run()).violations)

    smallest = await shrunk(plan, breaks)
    if smallest != plan:
        print(f"  it is enough to have: {smallest}", flush=True)


def show(result: Result) -> None:
    """Print one line for a round, and the stories of what broke."""
    done = result.counts["acknowledged changes"]
    faults = ", ".join(result.faults) or "-"
    print(
        f"seed {result.plan.seed}: {done} acknowledged changes, {faults}, at rest after"
        f" {result.rest_s:.1f} s",
        flush=True,
    )
    if result.violations:
        print(f"  BROKEN, repeat with --seed {result.plan.seed}: {result.plan}")
        for text in result.stories[:5]:
            print(f"  {text}", flush=True)


def main() -> int:
    """Run by the arguments; 1 if something was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--faults", help=f"comma-separated, of {', '.join(FAULTS)}; - for none")
    parser.add_argument("--base-url", default="", help="a server to use instead of own ones")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    chosen = options.faults
    faults = None if chosen is None else [] if chosen == "-" else chosen.split(",")
    where = f" --base-url {options.base_url}" if options.base_url else ""
    print(f"--seconds {options.seconds:.0f} --seed {options.seed}{where}", flush=True)
    # A run that is stopped ends its servers, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    report = asyncio.run(
        torture(
            options.seconds,
            options.seed,
            faults,
            path=options.json,
            base_url=options.base_url,
            shrinks=not options.base_url,
        )
    )
    changes = report.counts["acknowledged changes"]
    print(
        f"{report.rounds} rounds, {sum(report.faults.values())} faults, {changes} acknowledged"
        f" changes, {report.violations} broken promises"
    )
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
