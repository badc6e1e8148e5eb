"""Commands `devices` and `explain`: the account's devices, and why something is not there."""

import argparse
from collections.abc import Mapping

from trackforge_client.cli import options
from trackforge_client.cli.signed_in import signed_in
from trackforge_client.device.json_types import Json

_DEVICE = "{name:24} {device_id}  seen {seen_at}  waiting {waiting}  behind {behind}"


def add_explain(commands: "options.Commands") -> None:
    """Adds the commands and their arguments."""
    listing = commands.add_parser(
        "devices", help="list the devices of an account", description=options.ACCOUNT_NOTE
    )
    options.add_account(listing)
    parser = commands.add_parser(
        "explain",
        help="explain why a record is not on a device",
        description=f"The first cause is the most likely one. {options.ACCOUNT_NOTE}",
    )
    options.add_account(parser)
    parser.add_argument("--device", default="", help="id of the device that lacks it")
    parser.add_argument("--record", default="", help="id of the record, or collection/id")


async def run_devices(arguments: argparse.Namespace) -> int:
    """Exit status; prints a line for each device."""
    async with signed_in(arguments) as device:
        for entry in await device.devices():
            print(_DEVICE.format_map({name: _shown(value) for name, value in entry.items()}))
    return 0


async def run_explain(arguments: argparse.Namespace) -> int:
    """Exit status; prints the causes with their evidence and advice."""
    async with signed_in(arguments) as device:
        explanation = await device.explain(device=arguments.device, record=arguments.record)
    causes = explanation["causes"]
    for cause in causes if isinstance(causes, list) else []:
        if isinstance(cause, dict):
            _print(cause)
    return 0


def _print(cause: Mapping[str, Json]) -> None:
    print(f"{cause['cause']} ({cause['likelihood']})\n  {cause['summary']}\n  {cause['advice']}")
    evidence = cause["evidence"]
    for name, value in evidence.items() if isinstance(evidence, dict) else ():
        print(f"    {name}: {_shown(value)}")


def _shown(value: Json) -> str:
    return "-" if value is None else str(value)
