"""Server process of several that share one socket: its entry point, and its parent's view of it."""

import asyncio
import multiprocessing
import signal
import socket
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import structlog
import uvloop

from sync_server.boot import BootError
from sync_server.config.settings import Config
from sync_server.logs import configure_logs
from sync_server.serve import serve

# Messages on the pipe between a server process and its parent.
LISTENING, BEGIN, RETIRE = "listening", "begin", "retire"
POLL_S = 0.05
log = structlog.get_logger(__name__)


class WorkerProcess:
    """A server process, as its parent sees it."""

    def __init__(self, config: Config, bound: socket.socket, *, joins: bool) -> None:
        # A fresh interpreter: no thread, lock or event loop of the parent is inherited, and a
        # rolling restart loads code that was installed meanwhile.
        context = multiprocessing.get_context("spawn")
        self._pipe, childs_end = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=run_worker_process, args=(config, bound, childs_end, joins), name="server"
        )
        self.started = time.monotonic()
        self.process.start()
        childs_end.close()

    async def until_listening(self) -> bool:
        """Wait until the process takes connections; False when it has ended instead."""
        while not self._pipe.poll():
            if not self.process.is_alive():
                return False
            await asyncio.sleep(POLL_S)
        try:
            return bool(self._pipe.recv() == LISTENING)
        except EOFError:
            return False

    def send(self, message: str) -> None:
        """Send BEGIN or RETIRE; a process that has ended is noticed elsewhere."""
        try:
            self._pipe.send(message)
        except OSError:
            log.debug("a server process does not listen to its parent", pid=self.process.pid)

    async def until_ended(self, patience_s: float) -> None:
        """Wait for the end of the process, and kill it after `patience_s`."""
        await asyncio.to_thread(self.process.join, patience_s)
        if self.process.is_alive():
            log.warning("a server process did not end in time", pid=self.process.pid)
            self.process.kill()
            await asyncio.to_thread(self.process.join)


def run_worker_process(config: Config, bound: socket.socket, pipe: Connection, joins: bool) -> None:
    """Entry point of the process: serve on the shared socket until its parent stops it.

    It is ready when its parent says so, or at once if it `joins` others that are.
    """
    configure_logs(config)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(config, bound, pipe, joins))
    except BootError as error:
        print(f"Error: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


async def _serve(config: Config, bound: socket.socket, pipe: Connection, joins: bool) -> None:
    loop = asyncio.get_running_loop()
    begin: asyncio.Future[signal.Signals] = loop.create_future()
    retired: asyncio.Future[signal.Signals] = loop.create_future()

    def receive() -> None:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            # The parent has ended, however that was.
            loop.remove_reader(pipe.fileno())
            message = RETIRE
        if message == RETIRE and not retired.done():
            # As Ctrl-C does: no delay, since the other processes take the connections.
            retired.set_result(signal.SIGINT)
        if message == BEGIN and not begin.done():
            begin.set_result(signal.SIGCONT)

    async def until_begin(_url: str) -> None:
        with suppress(BrokenPipeError):  # then the parent has ended
            pipe.send(LISTENING)
        if not joins:
            await asyncio.wait({begin, retired}, return_when=asyncio.FIRST_COMPLETED)

    loop.add_reader(pipe.fileno(), receive)
    await serve(config, bound, until_begin, retired=retired, ready_at_once=joins)
