"""The command `import`: another app's export into a user's records, from a terminal."""

import argparse
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from trackforge_client.device.device import Device
from trackforge_client.device.imports import FORMATS, told

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_import(commands: "Commands", base_url: str) -> None:
    """Add what can be said."""
    words = commands.add_parser(
        "import",
        help="import the log of another app",
        description="The password is read from TRACKFORGE_PASSWORD when it is not given.",
    )
    words.add_argument("file", type=Path, metavar="FILE", help="the export, a CSV file")
    words.add_argument("--format", required=True, choices=FORMATS, help="the app it is from")
    words.add_argument("--weight-unit", choices=("kg", "lb"), help="where the file does not say")
    words.add_argument("--dry-run", action="store_true", help="only tell what would be made")
    words.add_argument("--base-url", default=base_url, help=f"the server (default {base_url})")
    words.add_argument("--email", required=True, help="whose records")
    words.add_argument("--password", default=os.environ.get("TRACKFORGE_PASSWORD", ""))
    words.add_argument("--device", type=Path, help="the device's file (default: a passing one)")


async def run_import(arguments: argparse.Namespace) -> int:
    """Import and print what came of it; answers the exit status."""
    with tempfile.TemporaryDirectory() as passing:
        path = arguments.device or Path(passing) / "device.db"
        async with Device(path, arguments.base_url, name="import") as device:
            await device.login(arguments.email, arguments.password)
            answer = await device.import_file(
                arguments.file,
                arguments.format,
                weight_unit=arguments.weight_unit,
                dry_run=arguments.dry_run,
            )
    for line in told(answer):
        print(line)
    return 0
