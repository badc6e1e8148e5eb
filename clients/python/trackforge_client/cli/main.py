"""The command line: `python -m trackforge_client replay FILE`, and `… --help` for the rest."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from trackforge_client.cli.archive import add_archive, run_export, run_restore
from trackforge_client.cli.imports import add_import, run_import
from trackforge_client.device.device import Device
from trackforge_client.device.errors import ClientError
from trackforge_client.device.transport import AiohttpHttp
from trackforge_client.replay.exchange import read_recording
from trackforge_client.replay.final_state import kept_state, portable_digest
from trackforge_client.replay.progress_bar import progress
from trackforge_client.replay.replay import Plan, replay, steps

BASE_URL = "http://127.0.0.1:8000"


def parser() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    main = argparse.ArgumentParser(prog="python -m trackforge_client", description=__doc__)
    commands = main.add_subparsers(dest="command", required=True)
    told = commands.add_parser(
        "replay",
        help="repeat a recording as fresh users with their devices",
        description="Exit status 0: done; 1: an answer differs, or the server was gone too long.",
    )
    told.add_argument("file", type=Path, metavar="FILE", help="a .ndjson or .ndjson.gz recording")
    told.add_argument("--base-url", default=BASE_URL, help=f"the server (default {BASE_URL})")
    told.add_argument(
        "--speed",
        type=_amount,
        default=0.0,
        metavar="N",
        help="N times as fast as recorded; 0 (default): as fast as the server answers",
    )
    told.add_argument("--verify", action="store_true", help="compare answers with the recorded")
    told.add_argument(
        "--concurrency",
        type=_count,
        default=8,
        metavar="N",
        help="users at a time (default 8); each one's requests keep their recorded order",
    )
    told.add_argument(
        "--copies", type=_count, default=1, metavar="N", help="fresh users per recorded one"
    )
    told.add_argument(
        "--retry-for",
        type=_amount,
        default=30.0,
        metavar="SECONDS",
        help="how long a server may be away before giving up (default 30)",
    )
    told.add_argument(
        "--password", default="", help="of the fresh users; default: made up, and told at the end"
    )
    digest = commands.add_parser(
        "digest",
        help="let one more device of a user pull everything and tell what it holds",
        description="The password is read from TRACKFORGE_PASSWORD when it is not given.",
    )
    digest.add_argument("--base-url", default=BASE_URL, help=f"the server (default {BASE_URL})")
    digest.add_argument("--email", required=True, help="whose records")
    digest.add_argument("--password", default=os.environ.get("TRACKFORGE_PASSWORD", ""))
    digest.add_argument("--device", type=Path, help="the device's file (default: a passing one)")
    add_import(commands, BASE_URL)
    add_archive(commands, BASE_URL)
    return main


async def run_replay(arguments: argparse.Namespace) -> int:
    """Replay and print the summary; answers the exit status."""
    exchanges = list(read_recording(arguments.file))
    plan = Plan(
        speed=arguments.speed,
        concurrency=arguments.concurrency,
        copies=arguments.copies,
        verify=arguments.verify,
        retry_for_s=arguments.retry_for,
        password=arguments.password,
    )
    total = sum(map(len, steps(exchanges).values())) * plan.copies
    http = AiohttpHttp(arguments.base_url)
    try:
        with progress(arguments.file.name, total) as advance:
            tally = await replay(exchanges, http, plan, advance)
    finally:
        await http.close()
    print(tally.summary(plan.verify))
    return 1 if tally.mismatches else 0


async def run_digest(arguments: argparse.Namespace) -> int:
    """Pull with a real device, prove by the server's check that all is there, tell the digest."""
    with tempfile.TemporaryDirectory() as passing:
        path = arguments.device or Path(passing) / "device.db"
        async with Device(path, arguments.base_url, name="digest") as device:
            await device.login(arguments.email, arguments.password)
            await device.pull()
            check = await device.check()
        user_id, records = kept_state(path)
    print(f"state       {len(records)} records, digest {portable_digest(user_id, records)}")
    if not check.same:
        print(f"differs     from the server in {', '.join(check.differing)}")
    return 0 if check.same else 1


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; answers the exit status."""
    arguments = parser().parse_args(words)
    run = {
        "replay": run_replay,
        "digest": run_digest,
        "import": run_import,
        "export": run_export,
        "restore": run_restore,
    }[arguments.command]
    try:
        return asyncio.run(run(arguments))
    except ClientError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _amount(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
