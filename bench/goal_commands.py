"""Commands of the goals of the server's speed."""

import json
from datetime import UTC, datetime

import click
from rich.console import Console

from bench import fence, foreign_key, goals, streams, worker_rates
from bench.goal_list import GOALS
from bench.machine import machine
from bench.stage import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
console = Console(width=150)


@click.command(name="foreign-key")
@click.option("--turns", default=100, show_default=True)
def foreign_key_(turns: int) -> None:
    """Share of the foreign key to users in an insert of new records."""
    console.print(foreign_key.measure(turns))


@click.command(name="goals")
@click.option("--measure", is_flag=True, help="Measure what `run` and `peers` leave out.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--draw", is_flag=True, help="Put the table into docs/benchmarks.md.")
def goals_(measure: bool, rounds: int, draw: bool) -> None:
    """Goals of the server's speed beside the figures of the last runs."""
    if measure:
        costs = fence.measure(rounds)
        measured = {
            "made_at": f"{datetime.now(UTC):%FT%TZ}",
            "machine": machine(),
            "workers": worker_rates.measure(rounds),
            "streams": streams.measure()._asdict(),
            "fence": {name: by[True].cpu_us / by[False].cpu_us for name, by in costs.items()},
        }
        (goals.RESULTS / "goals.json").write_text(json.dumps(measured, indent=1) + "\n")
    print(*goals.lines(goals.Runs.read(), GOALS), sep="\n")
    if draw:
        console.print(f"written: {goals.write(goals.Runs.read(), GOALS, PAGE)}")


GOAL_COMMANDS = (foreign_key_, goals_)
