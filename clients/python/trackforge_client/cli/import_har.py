"""Command `import-har`: a recording from the HAR file of a browser or a proxy."""

import argparse
from pathlib import Path

from trackforge_client.cli import options
from trackforge_client.replay.exchange import RecordingError
from trackforge_client.replay.har import read_har
from trackforge_client.replay.recorder import Recorder
from trackforge_client.replay.replay import skip_reason


def add_import_har(commands: "options.Commands") -> None:
    """Adds the command and its arguments."""
    parser = commands.add_parser(
        "import-har",
        help="make a recording of a browser's or a proxy's HAR file",
        description="Keeps requests to /api/v1/, without tokens, passwords and email addresses.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a .har file")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="TAPE",
        help="the recording, .ndjson or .ndjson.gz (default: FILE with the suffix .ndjson)",
    )
    parser.add_argument("--device", default="browser", help="name of the device (default browser)")


async def run_import_har(arguments: argparse.Namespace) -> int:
    """Exit status; writes the recording and prints its size."""
    output = arguments.output or arguments.file.with_suffix(".ndjson")
    exchanges = read_har(arguments.file, arguments.device)
    if output.exists():
        raise RecordingError(f"{output} exists")
    recorder = Recorder(output)
    for exchange in exchanges:
        recorder.write(exchange)
    recorder.close()
    repeatable = sum(1 for exchange in exchanges if not skip_reason(exchange))
    print(f"{len(exchanges)} exchanges written to {output}, {repeatable} of them can be replayed")
    return 0
