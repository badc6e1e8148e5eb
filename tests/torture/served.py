"""Server process of the torture test: `python -m sync_server serve` with a clock that can be set.

The clock is that of sync: what is added to it, in microseconds, stands in the file TORTURE_CLOCK.
Nothing of this is in the server's code: a server
that is started in any other way has the machine's clock.
"""

import mmap
import os
import struct
import sys
import time
from pathlib import Path

from sync_server.__main__ import main
from sync_server.imports import pipeline
from sync_server.sync import handlers
from sync_server.sync.server_writes import handle_edits

WIDTH = struct.Struct("q")


class SettableTime:
    """The module `time` for the sync routes, with an offset from a shared file."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), WIDTH.size)

    def time_ns(self) -> int:
        """Nanoseconds since the Unix epoch, by the wrong clock."""
        offset_us: int = WIDTH.unpack_from(self._shared)[0]
        return time.time_ns() + offset_us * 1000


if __name__ == "__main__":
    clock = SettableTime(Path(os.environ["TORTURE_CLOCK"]))
    for module in (handlers, handle_edits, pipeline):
        vars(module)["time"] = clock
    sys.argv[1:] = ["serve"]
    main()
