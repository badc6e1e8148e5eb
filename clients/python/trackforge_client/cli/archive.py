"""The commands `export` and `restore`: an account into a file and back, from a terminal."""

import argparse
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from trackforge_client.device.device import Device

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_archive(commands: "Commands", base_url: str) -> None:
    """Add what can be said."""
    for name, help_ in (
        ("export", "write all that the server keeps of an account to a file"),
        ("restore", "put the records of an exported file into an account"),
    ):
        words = commands.add_parser(
            name,
            help=help_,
            description="The password is read from TRACKFORGE_PASSWORD when it is not given.",
        )
        words.add_argument("file", type=Path, metavar="FILE", help="a .ndjson file")
        words.add_argument("--base-url", default=base_url, help=f"the server (default {base_url})")
        words.add_argument("--email", required=True, help="whose account")
        words.add_argument("--password", default=os.environ.get("TRACKFORGE_PASSWORD", ""))


async def run_export(arguments: argparse.Namespace) -> int:
    """Write the file; answers the exit status."""
    async with _signed_in(arguments) as device:
        print(f"{await device.export(arguments.file)} records written to {arguments.file}")
    return 0


async def run_restore(arguments: argparse.Namespace) -> int:
    """Push what the file holds and tell what became of it; 1 when something was rejected."""
    async with _signed_in(arguments) as device:
        statuses = await device.restore(arguments.file)
    told = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    print(told or "no records")
    return 1 if statuses["rejected"] else 0


@asynccontextmanager
async def _signed_in(arguments: argparse.Namespace) -> AsyncIterator[Device]:
    with tempfile.TemporaryDirectory() as passing:
        path = Path(passing) / "device.db"
        async with Device(path, arguments.base_url, name=arguments.command) as device:
            await device.login(arguments.email, arguments.password)
            try:
                yield device
            finally:
                await device.logout()
