"""A server of one's own for a while: a process with a private database in a given directory."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STORES = ("DATABASE_URL", "REDIS_URL", "SECRET_KEYS")


class DidNotStart(Exception):
    """The server ended before it answered; the text is what it said."""


def start(data_dir: Path, port: int = 0) -> tuple[subprocess.Popen[str], str]:
    """Start `serve` and wait until it answers: (process, its URL). Raises DidNotStart.

    Port 0 takes any free one.
    """
    environment = {name: value for name, value in os.environ.items() if name not in STORES}
    with (data_dir.parent / f"{data_dir.name}.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "sync_server", "serve"],
            cwd=ROOT,
            env=environment
            | {"DATA_DIR": str(data_dir), "PORT": str(port)}
            | {"OCR_PROVIDER": "mock", "WORKERS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip().startswith("serving"):
            return process, line.split()[1]
    process.wait()
    raise DidNotStart(Path(log.name).read_text())


@contextmanager
def serving(data_dir: Path) -> Iterator[str]:
    """A server's URL; the server ends with the block."""
    process, url = start(data_dir)
    try:
        yield url
    finally:
        process.terminate()
        process.communicate()
