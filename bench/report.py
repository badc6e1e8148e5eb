"""The figures as a table on the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.runs import LONG_HISTORY

Results = Mapping[str, Any]

STORMS = (
    ("push", "raw", "raw: BEGIN, version, upsert, COMMIT"),
    ("push", "raw_statement", "raw: all in one statement"),
    ("push", "http", "POST /sync/push, 50 changes"),
    ("pull", "raw", "raw: SELECT of 500 rows"),
    ("pull", "http", "GET /sync/pull, 500, no day views"),
    ("pull", "http_with_days", "GET /sync/pull, 500, touched days"),
)
ALONE = (
    ("floor", "GET /sync/config (constant)"),
    ("pull_nothing", "pull with nothing new"),
    ("push_1", "push of 1"),
    ("push_100", "push of 100"),
    ("poke", "push → notification → pulled by another device"),
)


def print_results(results: Results, console: Console) -> None:
    """Print everything."""
    for users, found in results["users"].items():
        title = f"{int(users):,} users in the table"
        console.print(_storms(found, f"16 connections, {title}"))
        console.print(_ratios(found))
        console.print(_alone(found, f"One device, {title}"))
        console.print(_first_syncs(found, f"First sync of {LONG_HISTORY:,} records, {title}"))


def _storms(found: Results, title: str) -> Table:
    table = Table("", title=title, title_justify="left")
    for heading in (
        "records/s", "least–most", "p50 ms", "p99 ms",
        "server", "postgres", "client", "cores busy: server", "postgres", "client", "others",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for group, way, words in STORMS:
        each = found[group][way]
        cpu, cores = each["cpu_ms_per_1000"], each["cores"]
        table.add_row(
            words,
            f"{each['per_s']:,.0f}",
            f"{each['per_s_least']:,.0f}–{each['per_s_most']:,.0f}",
            f"{each['p50_ms']:.1f}",
            f"{each['p99_ms']:.1f}",
            *(f"{cpu[part]:.1f}" for part in ("server", "postgres", "load")),
            *(f"{cores[part]:.2f}" for part in ("server", "postgres", "load", "others")),
        )
    table.caption = "server, postgres, client: processor milliseconds per 1,000 records"
    return table


def _ratios(found: Results) -> Table:
    table = Table("of the raw limit", "aim", "records/s", "per client CPU", "per CPU of all")
    for group, aim in (("push", "50 %"), ("pull", "30 %")):
        of_raw = found[group]["of_raw"]
        shares = (of_raw[name] for name in ("rate", "per_client_cpu", "per_cpu"))
        table.add_row(group, aim, *(f"{share:.0%}" for share in shares))
    return table


def _alone(found: Results, title: str) -> Table:
    table = Table("", "p50 ms", "p99 ms", "server CPU ms each", title=title, title_justify="left")
    for name, words in ALONE:
        each = found["alone"][name]
        per_request = each["cpu_ms_per_1000"]["server"] / 1000
        per_request *= 100 if name == "push_100" else 1
        table.add_row(words, f"{each['p50_ms']:.2f}", f"{each['p99_ms']:.2f}", f"{per_request:.2f}")
    return table


def _first_syncs(found: Results, title: str) -> Table:
    table = Table(
        "", "seconds", "MiB received", "server MiB before", "at its peak", "p99 ms a page",
        title=title, title_justify="left",
    )  # fmt: skip
    for name, each in found["first_sync"].items():
        table.add_row(
            name.replace("_", " "),
            f"{each['seconds']:.2f}",
            f"{each['received_mib']:.1f}",
            f"{each['resident_before_mib']:.0f}",
            f"{each['peak_mib']:.0f}",
            f"{each['p99_ms']:.1f}",
        )
    return table
