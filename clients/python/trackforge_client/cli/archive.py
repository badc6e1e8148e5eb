"""Commands `export`, `restore` and `table`: an account to a file and back, or a part of it."""

import argparse
from pathlib import Path

from trackforge_client.cli import options
from trackforge_client.cli.signed_in import signed_in


def add_archive(commands: "options.Commands") -> None:
    """Adds the commands and their arguments."""
    for name, summary in (
        ("export", "write everything that the server stores of an account to a file"),
        ("restore", "push the records of an exported file into an account"),
    ):
        parser = commands.add_parser(name, help=summary, description=options.ACCOUNT_NOTE)
        parser.add_argument("file", type=Path, metavar="FILE", help="a .ndjson file")
        options.add_account(parser)
    parser = commands.add_parser(
        "table", help="write a table or a FIT file of an account", description=options.ACCOUNT_NOTE
    )
    parser.add_argument(
        "table",
        metavar="TABLE",
        help="csv/COLLECTION, json/COLLECTION, food-days, strong, hevy or fit/SESSION_ID",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the file to write")
    parser.add_argument("--from", dest="start", metavar="DAY", help="first day, YYYY-MM-DD")
    parser.add_argument("--to", dest="end", metavar="DAY", help="last day, YYYY-MM-DD")
    parser.add_argument("--weight-unit", choices=("kg", "lb"), help="unit of strong and hevy")
    options.add_account(parser)


async def run_table(arguments: argparse.Namespace) -> int:
    """Exit status; writes the file."""
    async with signed_in(arguments) as device:
        content = await device.export_table(
            arguments.table,
            start=arguments.start,
            end=arguments.end,
            weight_unit=arguments.weight_unit,
        )
    arguments.file.write_bytes(content)
    print(f"{len(content)} bytes written to {arguments.file}")
    return 0


async def run_export(arguments: argparse.Namespace) -> int:
    """Exit status; writes the file."""
    async with signed_in(arguments) as device:
        print(f"{await device.export(arguments.file)} records written to {arguments.file}")
    return 0


async def run_restore(arguments: argparse.Namespace) -> int:
    """Exit status, 1 when a change was rejected; pushes the file and prints counts by status."""
    async with signed_in(arguments) as device:
        statuses = await device.restore(arguments.file)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    print(counts or "no records")
    return 1 if statuses["rejected"] else 0
