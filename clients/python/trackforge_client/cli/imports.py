"""Command `import`: another app's export into an account."""

import argparse
import tempfile
from pathlib import Path

from trackforge_client.cli import options
from trackforge_client.cli.signed_in import sign_in
from trackforge_client.device.device import Device
from trackforge_client.device.imports import FORMATS, describe_import


def add_import(commands: "options.Commands") -> None:
    """Adds the command and its arguments."""
    parser = commands.add_parser(
        "import", help="import the log of another app", description=options.ACCOUNT_NOTE
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the export, a CSV file")
    parser.add_argument(
        "--format", choices=FORMATS, help="the app of the file, if its columns do not tell"
    )
    parser.add_argument(
        "--weight-unit", choices=("kg", "lb"), help="weight unit, if the file does not name it"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print what the import would create; store nothing"
    )
    options.add_account(parser)
    options.add_device_file(parser)


async def run_import(arguments: argparse.Namespace) -> int:
    """Exit status; imports the file and prints the result."""
    with tempfile.TemporaryDirectory() as directory:
        path = arguments.device or Path(directory) / "device.db"
        async with Device(path, arguments.base_url, name="import") as device:
            await sign_in(device, arguments)
            result = await device.import_file(
                arguments.file,
                arguments.format,
                weight_unit=arguments.weight_unit,
                dry_run=arguments.dry_run,
            )
    for line in describe_import(result):
        print(line)
    return 0
