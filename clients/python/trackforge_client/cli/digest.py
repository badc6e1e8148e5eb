"""Command `digest`: digest of all records of an account, pulled by one more device."""

import argparse
import tempfile
from pathlib import Path

from trackforge_client.cli import options
from trackforge_client.cli.signed_in import sign_in
from trackforge_client.device.device import Device
from trackforge_client.replay.final_state import portable_digest, stored_state


def add_digest(commands: "options.Commands") -> None:
    """Adds the command and its arguments."""
    parser = commands.add_parser(
        "digest",
        help="pull an account with one more device and print the digest of its records",
        description=options.ACCOUNT_NOTE,
    )
    options.add_account(parser)
    options.add_device_file(parser)


async def run_digest(arguments: argparse.Namespace) -> int:
    """Exit status, 1 when the device differs from the server; prints the digest."""
    with tempfile.TemporaryDirectory() as directory:
        path = arguments.device or Path(directory) / "device.db"
        async with Device(path, arguments.base_url, name="digest") as device:
            await sign_in(device, arguments)
            await device.pull()
            check = await device.check()
        user_id, records = stored_state(path)
    print(f"state       {len(records)} records, digest {portable_digest(user_id, records)}")
    if not check.same:
        print(f"differs     from the server in {', '.join(check.differing)}")
    return 0 if check.same else 1
