"""Capacity of an installation: cores, disk and memory for a number of accounts.

    python -m tools.capacity
    python -m tools.capacity --accounts 50000 --active-share 0.3 --pushes 8

Costs of processor time are those of the last `make bench-peers`. Every other input says whether it
was measured or is a guess; all can be given.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import click

PEERS = Path(__file__).resolve().parents[1] / "bench/results/peers.json"
PAGE = PEERS.parents[2] / "docs/scale.md"
BEGIN, END = "<!-- capacity: python -m tools.capacity --draw -->", "<!-- end of capacity -->"
DAY_S = 86_400


def given(default: float, meaning: str, source: str) -> Any:
    """Input with its meaning and its source."""
    return field(default=default, metadata={"meaning": meaning, "source": source})


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs of the calculation."""

    accounts: float = given(100e6, "accounts", "guess")
    active_share: float = given(0.1, "share of the accounts that are active on a day", "guess")
    records: float = given(1_000, "records an account", "guess")
    pushes: float = given(5, "pushes of an active account a day", "guess")
    changes: float = given(10, "changes a push", "guess")
    pulls: float = given(10, "pulls of an active account a day", "guess")
    pulled: float = given(10, "records a pull", "guess")
    log_ins: float = given(1 / 30, "log-ins of an account a day", "guess")
    streaming: float = given(0.05, "share of the accounts with an open stream at the peak", "guess")
    peak: float = given(10, "peak, of the mean of a day", "guess")
    busy: float = given(0.5, "share of a core that is planned for", "guess")
    overwriting: float = given(0.2, "share of the changes that overwrite", "guess")
    history_days: float = given(30, "days of history", "HISTORY_RETENTION_DAYS")
    key_hours: float = given(
        48, "hours that a stored response is retained", "IDEMPOTENCY_RETENTION_HOURS"
    )
    record_bytes: float = given(
        752, "bytes of a record on disk, with indexes", "`python -m bench wal`"
    )
    history_bytes: float = given(
        800, "bytes of a row of the history, with indexes", "`python -m bench wal`: its log"
    )
    key_bytes: float = given(
        731, "bytes of a stored response on disk", "measured on 4 million rows"
    )
    wal_bytes: float = given(900, "bytes of write-ahead log a change", "`python -m bench wal`")
    log_in_us: float = given(50_000, "CPU of a log-in in µs", "measured: 43 to 56 ms, Argon2id")
    stream_us: float = given(
        4.2, "CPU of an idle stream a second in µs", "`python -m bench streams`"
    )
    stream_bytes: float = given(
        10_500, "memory of an idle stream in bytes", "`python -m bench streams`"
    )


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor time in µs: of a push and a pull without records, and of a record in each."""

    push: float
    pushed: float
    pull: float
    pulled: float

    @classmethod
    def measured(cls, path: Path = PEERS) -> "Costs":
        """Costs of server, PostgreSQL and Valkey together, of the last run."""
        works = json.loads(path.read_text())["works"]
        us = {name: by["this server"]["all_us"] for name, by in works.items()}
        pushed = (50 * us["push of 50, half food logs"] - us["push of 1"]) / 49
        return cls(us["push of 1"] - pushed, pushed, us["pull of nothing"], us["pull of 500"])


def capacity(it: Inputs, costs: Costs) -> Mapping[str, str]:
    """Needs by name, with units."""
    active = it.accounts * it.active_share
    pushes, pulls = active * it.pushes / DAY_S, active * it.pulls / DAY_S
    us_a_second = {
        "pushes": pushes * (costs.push + it.changes * costs.pushed),
        "pulls": pulls * (costs.pull + it.pulled * costs.pulled),
        "log-ins": it.accounts * it.log_ins / DAY_S * it.log_in_us,
    }
    streams = it.accounts * it.streaming
    needs = {
        f"cores for {name} at the peak": f"{us * it.peak / 1e6 / it.busy:,.1f}"
        for name, us in us_a_second.items()
    }
    needs["cores for idle streams"] = f"{streams * it.stream_us / 1e6 / it.busy:,.1f}"
    changes_a_day = active * it.pushes * it.changes
    disk = {
        "records": it.accounts * it.records * it.record_bytes,
        "history": changes_a_day * it.overwriting * it.history_days * it.history_bytes,
        "stored responses": active * it.pushes * it.key_hours / 24 * it.key_bytes,
    }
    needs |= {f"disk for {name}": _bytes(size) for name, size in disk.items()}
    needs["write-ahead log a day"] = _bytes(changes_a_day * it.wal_bytes)
    needs["memory for streams"] = _bytes(streams * it.stream_bytes)
    needs["pushes a second, mean and peak"] = f"{pushes:,.1f}; {pushes * it.peak:,.1f}"
    return needs


def report(it: Inputs, costs: Costs) -> str:
    """Inputs and needs as Markdown."""
    lines = ["| input | value | source |", "|---|---:|---|"]
    for setting in fields(it):
        value = getattr(it, setting.name)
        lines.append(
            f"| {setting.metadata['meaning']} | {value:,.6g} | {setting.metadata['source']} |"
        )
    for name, value in (
        ("CPU of a push in µs", costs.push),
        ("and of each of its changes", costs.pushed),
        ("CPU of a pull in µs", costs.pull),
        ("and of each of its records", costs.pulled),
    ):
        lines.append(f"| {name} | {value:,.0f} | `make bench-peers` |")
    lines += ["", "| need | |", "|---|---:|"]
    lines += [f"| {name} | {need} |" for name, need in capacity(it, costs).items()]
    return "\n".join(lines)


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:,.0f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"


def _options(command: Any) -> Any:
    for setting in reversed(fields(Inputs)):
        command = click.option(
            f"--{setting.name.replace('_', '-')}",
            type=float,
            default=setting.default,
            show_default=True,
            help=setting.metadata["meaning"],
        )(command)
    return command


def page(text: str) -> str:
    """The page of scale with the calculation of the default inputs."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{report(Inputs(), Costs.measured())}\n\n{END}{after}"


@click.command()
@_options
@click.option("--draw", is_flag=True, help="Put the calculation into docs/scale.md.")
def main(draw: bool, **values: float) -> None:
    """Print what an installation needs, as Markdown."""
    click.echo(report(Inputs(**values), Costs.measured()))
    if draw:
        PAGE.write_text(page(PAGE.read_text()))


if __name__ == "__main__":
    main()
