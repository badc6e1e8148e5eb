"""Command `replay`: repeats a recording against a server."""

import argparse
from pathlib import Path

from trackforge_client.cli import options
from trackforge_client.device.transport import AiohttpTransport
from trackforge_client.replay.exchange import read_recording
from trackforge_client.replay.progress_bar import progress_bar
from trackforge_client.replay.replay import ReplayOptions, replay, steps
from trackforge_client.replay.report import json_report, junit_xml
from trackforge_client.replay.tally import Tally


def add_replay(commands: "options.Commands") -> None:
    """Adds the command and its arguments."""
    parser = commands.add_parser(
        "replay",
        help="repeat a recording as new users with their devices",
        description="Exit status 0: done; 1: a response differs, or the server was away too long.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a .ndjson or .ndjson.gz recording")
    options.add_server(parser)
    parser.add_argument(
        "--speed",
        type=options.amount,
        default=0.0,
        metavar="N",
        help="N times as fast as recorded; 0 (default): without waiting",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="compare the responses with the recorded ones; also if --junit or --json is given",
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="FIELD",
        help="do not compare this field: a name, or a path as totals.reps (repeatable)",
    )
    parser.add_argument(
        "--junit", type=Path, metavar="FILE", help="write the comparison as JUnit XML"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the comparison and latencies as JSON"
    )
    parser.add_argument(
        "--concurrency",
        type=options.count,
        default=8,
        metavar="N",
        help="users at a time (default 8); the requests of one user retain their order",
    )
    parser.add_argument(
        "--copies", type=options.count, default=1, metavar="N", help="new users per recorded one"
    )
    parser.add_argument(
        "--retry-for",
        type=options.amount,
        default=30.0,
        metavar="SECONDS",
        help="how long to retry while the server is away (default 30)",
    )
    parser.add_argument(
        "--password", default="", help="of the new users; default: random, printed at the end"
    )


async def run_replay(arguments: argparse.Namespace) -> int:
    """Exit status; replays the file and prints the summary."""
    exchanges = list(read_recording(arguments.file))
    replay_options = ReplayOptions(
        speed=arguments.speed,
        concurrency=arguments.concurrency,
        copies=arguments.copies,
        verify=bool(arguments.verify or arguments.junit or arguments.json),
        retry_for_s=arguments.retry_for,
        password=arguments.password,
        ignored=frozenset(arguments.ignore),
    )
    total = sum(map(len, steps(exchanges).values())) * replay_options.copies
    http = AiohttpTransport(arguments.base_url)
    try:
        with progress_bar(arguments.file.name, total) as advance:
            tally = await replay(exchanges, http, replay_options, advance)
    finally:
        await http.close()
    _write_reports(arguments, tally)
    print(tally.summary(replay_options.verify))
    return 1 if tally.mismatches else 0


def _write_reports(arguments: argparse.Namespace, tally: Tally) -> None:
    name = arguments.file.name.partition(".")[0]
    if arguments.junit:
        arguments.junit.write_text(junit_xml(tally, name), "utf-8")
    if arguments.json:
        arguments.json.write_text(json_report(tally, name), "utf-8")
