"""The one server of a worker: files whose tests set nothing share it instead of starting theirs.

A start takes 60 ms of processor time, and as much again for connections that know no statement.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from sync_server.config.settings import Config
from tests.infrastructure.server import Server

# Files of tests that use nothing of their server but its address.
SHARING = frozenset(
    f"{folder}/test_{name}.py"
    for folder, names in {
        "api": (
            "account", "catalogue", "converge", "days_agree", "exports", "import_mapping",
            "imports", "lists", "nutrients", "nutrition", "planning", "programs", "progress",
            "records", "same_workouts", "support", "views", "workouts",
        ),
        "client": ("history", "imports", "planning", "report", "with_server"),
        "powersync": ("stream",),
        "sync": (
            "clocks", "har", "household", "lost_answers", "offline_edits", "paging",
            "stale_cursors", "two_users",
        ),
    }.items()
    for name in names
)  # fmt: skip


def shares_the_server(file: Path) -> bool:
    """True if the tests of a file share their worker's server."""
    return f"{file.parent.name}/{file.name}" in SHARING


@contextmanager
def running_in_thread(config: Config) -> Iterator[Server]:
    """A server with these settings, on a loop of its own: it outlives the loops of tests."""
    from sync_server.app import create_app

    loop = uvloop.new_event_loop()  # as in production
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = Server(create_app(config))
    try:
        started = server.start_server(auto_decompress=False)
        asyncio.run_coroutine_threadsafe(started, loop).result()
        yield server
        asyncio.run_coroutine_threadsafe(server.close(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
