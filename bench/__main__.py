"""`python -m bench` measures; `show`, `draw`, `profile`, `search` and others do the rest."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
import psutil
from rich.console import Console

from bench import (
    apple_health,
    bulk,
    chart,
    compare,
    device_report,
    document,
    fair,
    fence,
    matching,
    overlaps,
    profiling,
    progress,
    report,
    runs,
    search,
    search_accuracy,
    search_scoring,
    streams,
    wal,
    web,
)
from bench.goal_commands import GOAL_COMMANDS
from bench.machine import machine
from bench.ocr.commands import OCR_COMMANDS
from bench.peers import document as peers_document
from bench.peers import measure as peers
from bench.runs import QUICK, STANDARD, Size
from bench.simulate.commands import simulate_
from bench.stage import ROOT, SERVE, stage
from bench.traces_command import traces_

LATEST = Path(__file__).parent / "results" / "latest.json"
FAIR = LATEST.with_name("fair.json")
WEB = LATEST.with_name("web.json")
PEERS = LATEST.with_name("peers.json")
DOCS = ROOT / "docs"
PAGE = "benchmarks.md"
console = Console(width=150)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """Measure the server beside its database; without a subcommand, the standard set."""
    if context.invoked_subcommand is None:
        context.invoke(run)


@main.command()
@click.option("--quick", is_flag=True, help="A few seconds: to see that it works.")
@click.option("--users", multiple=True, type=int, default=(100, 100_000), show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=LATEST, show_default=True)
def run(quick: bool = False, users: tuple[int, ...] = (100, 100_000), out: Path = LATEST) -> None:
    """Measure everything at each number of users, write JSON and print it."""
    size: Size = QUICK if quick else STANDARD
    measured: dict[str, object] = {}
    with stage(SERVE) as staged:
        present = 0
        for count in sorted(users):
            console.print(f"[bold]{count:,} users[/]: loading")
            bulk.add_users(staged.database_url, count - present)
            bulk.settle(staged.database_url)
            present = count
            measured[str(count)] = runs.measure_all(staged, size, console.print)
    results = {"made_at": f"{datetime.now(UTC):%FT%TZ}", "machine": machine(), "users": measured}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(results, indent=1) + "\n")
    report.print_results(results, console)
    console.print(f"written to {out}")


@main.command()
@click.argument("results", type=click.Path(path_type=Path, exists=True), default=LATEST)
def show(results: Path) -> None:
    """Print the tables of an earlier run."""
    report.print_results(json.loads(results.read_text()), console)


@main.command()
@click.argument("results", type=click.Path(path_type=Path, exists=True), default=LATEST)
def draw(results: Path) -> None:
    """Put the figures of a run into docs/benchmarks.md and docs/pictures."""
    found = json.loads(results.read_text())
    for path in (*chart.draw(found, DOCS / "pictures"), document.write(found, DOCS / PAGE)):
        console.print(f"written: {path}")


@main.command(name="search")
def search_() -> None:
    """Accuracy of searches for what people mean, processor time and latency by kind of query."""
    console.print(search_accuracy.table())
    console.print(search_scoring.table())
    with stage(SERVE) as staged:
        console.print(search.measure(staged))


@main.command(name="progress")
def progress_() -> None:
    """Cost of each chart of a year, beside the cost of reading its rows."""
    with stage(SERVE) as staged:
        console.print(progress.measure(staged))


@main.command()
@click.option("--top", default=25, show_default=True, help="How many functions are listed.")
def profile(top: int) -> None:
    """Profile of the server's CPU time in a push and in a pull."""
    for title, table in profiling.profile(top):
        console.print(f"\n[bold]{title}[/]")
        console.print(table)


@main.command(name="fence")
@click.option("--rounds", default=6, show_default=True)
def fence_(rounds: int) -> None:
    """Cost of row-level security for a push and a pull."""
    console.print(fence.table(fence.measure(rounds)))


@main.command(name="peers")
@click.option("--rounds", default=3, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=PEERS, show_default=True)
@click.option("--draw", is_flag=True, help="Put the figures into docs/benchmarks.md.")
def peers_(rounds: int, out: Path, draw: bool) -> None:
    """Rates and processor time beside a FastAPI server and plain SQL, in one run."""
    load = psutil.getloadavg()[0]
    results = peers.measure(rounds)
    head = {"made_at": f"{datetime.now(UTC):%FT%TZ}", "load": load, "machine": machine()}
    figures = {work: {name: asdict(it) for name, it in by.items()} for work, by in results.items()}
    out.write_text(json.dumps(head | {"works": figures}, indent=1) + "\n")
    console.print(peers.table(results))
    if draw:
        console.print(f"written: {peers_document.write(results, head, DOCS / PAGE)}")


@main.command(name="streams")
def streams_() -> None:
    """Processor time and memory of a stream on which nothing happens."""
    cost = streams.measure()
    print(f"an idle stream: {cost.us_a_second:.1f} µs a second, {cost.memory_bytes:,.0f} bytes")


@main.command(name="wal")
@click.option("--draw", is_flag=True, help="Put the figures into docs/benchmarks.md.")
def wal_(draw: bool) -> None:
    """Bytes of a record in the write-ahead log and on disk."""
    results, date = wal.measure(), f"{datetime.now(UTC):%F}"
    print(*wal.lines(results, date), sep="\n")
    if draw:
        console.print(f"written: {wal.write(results, date, DOCS / PAGE)}")


@main.command(name="compare")
@click.argument("checkout", type=click.Path(path_type=Path, exists=True, resolve_path=True))
@click.option("--rounds", default=5, show_default=True)
@click.option("--kind", default="", help="Only work whose name holds this text.")
@click.option("--set", "settings", multiple=True, help="NAME=VALUE, a setting of the other server.")
def compare_(checkout: Path, rounds: int, kind: str, settings: tuple[str, ...]) -> None:
    """Processor time of pushes and pulls beside the server of another CHECKOUT.

    With `--set` the cost of a setting: `compare . --set HISTORY_RETENTION_DAYS=0`.
    """
    named = dict(it.split("=", 1) for it in settings if "=" in it)
    console.print(compare.compare(checkout, rounds, kind, named))


@main.command(name="device-report")
@click.option("--turns", default=300, show_default=True)
def device_report_(turns: int) -> None:
    """Processor time that the header Device-Report adds to a push."""
    console.print(device_report.measure(turns))


@main.command(name="import")
@click.option("--megabytes", default=400, show_default=True, help="Size of the generated export.")
def import_(megabytes: int) -> None:
    """Speed and memory of reading an Apple Health export of real size."""
    apple_health.print_results(apple_health.measure(megabytes * 1_000_000))


@main.command(name="matching")
def matching_() -> None:
    """Share of exercise names of other apps that find the right exercise."""
    console.print(matching.table())


@main.command(name="overlaps")
def overlaps_() -> None:
    """Accuracy of the matching of workouts that several sources recorded."""
    overlaps.print_results()


@main.command(name="fair")
@click.option("--seconds", default=20.0, show_default=True, help="Time of each measurement.")
@click.option("--out", type=click.Path(path_type=Path), default=FAIR, show_default=True)
@click.option("--draw", is_flag=True, help="Put the figures into docs/security.md.")
def fair_(seconds: float, out: Path, draw: bool) -> None:
    """Latency of an ordinary user beside each attack of another user."""
    load = psutil.getloadavg()[0]
    with stage(SERVE, RATE_LIMIT_OCR="0", RATE_LIMIT_EXPORT="0") as staged:
        outcomes = list(fair.measure(staged, seconds))
    head = {"made_at": f"{datetime.now(UTC):%FT%TZ}", "load": load, "machine": machine()}
    measured = {"seconds": seconds, "attacks": fair.figures(outcomes)}
    out.write_text(json.dumps(head | measured, indent=1) + "\n")
    console.print(fair.table(outcomes))
    if draw:
        console.print(f"written: {fair.write(outcomes, DOCS / 'security.md', load)}")


@main.command(name="web")
@click.option("--records", default=100_000, show_default=True)
@click.option("--draw", is_flag=True, help="Put the figures into docs/benchmarks.md.")
@click.option("--out", type=click.Path(path_type=Path), default=WEB, show_default=True)
def web_(records: int, draw: bool, out: Path) -> None:
    """Sizes and speeds of the TypeScript client, in Node and in Chromium."""
    with stage(SERVE) as staged:
        found = web.measure(staged, records)
    results = {"made_at": f"{datetime.now(UTC):%FT%TZ}", "machine": machine(), **found}
    out.write_text(json.dumps(results, indent=1) + "\n")
    console.print("\n".join(web.lines(results)))
    if draw:
        console.print(f"written: {web.write(results, DOCS / PAGE)}")


for command in (*OCR_COMMANDS, *GOAL_COMMANDS, simulate_, traces_):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="python -m bench")
