"""Child processes of requests: computation that ends with its request or at a time limit.

A thread cannot be stopped, and holds Python's lock while it computes; a process can be killed. The
processes are forked from a fork server, which has the modules of `preload` imported and none of
the server's threads, connections or secrets: a new one takes some 20 ms.
"""

import asyncio
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Concatenate, Generic, ParamSpec, Self, TypeVar, cast

NICENESS = 10
"""Added to the niceness of child processes: requests have priority."""

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
_context = multiprocessing.get_context("forkserver")
_preloaded = [__name__]


class ChildDied(Exception):
    """The process ended before it had answered."""


def preload(module: str) -> None:
    """Import a module in the fork server, before it starts."""
    _preloaded.append(module)
    _context.set_forkserver_preload(_preloaded)


async def run_in_child(
    function: Callable[P, R], time_limit_s: float, *args: P.args, **_: P.kwargs
) -> R:
    """Result of a function in a process of its own; raises TimeoutError, ChildDied or its error."""
    async with asyncio.timeout(time_limit_s), ChildProcess(_Once) as child:
        return cast(R, await child.call(_Once.run, function, args))


class ChildProcess(Generic[T]):
    """A process with one object, made there by `factory`; it is killed at the end of the block."""

    def __init__(self, factory: Callable[[], T]) -> None:
        self._connection, self._other_end = _context.Pipe()
        self._process = _context.Process(
            target=_serve, args=(self._other_end, factory), daemon=True
        )

    async def __aenter__(self) -> Self:
        starting = asyncio.ensure_future(asyncio.to_thread(self._process.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(lambda _: self._end())
            raise
        self._other_end.close()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.pid is not None:
            self._process.kill()
        await asyncio.shield(asyncio.to_thread(self._end))

    async def call(self, method: Callable[Concatenate[T, P], R], *args: P.args, **_: P.kwargs) -> R:
        """Result of a method of the object; raises ChildDied or the method's own error.

        Arguments and results are pickled: large ones belong in bytes, because reading many
        objects holds Python's lock.
        """
        try:
            await asyncio.to_thread(self._connection.send, (method, args))
            await self._readable()
            content = await asyncio.to_thread(self._connection.recv_bytes)
        except (EOFError, OSError) as error:
            raise ChildDied from error
        failed, value = pickle.loads(content)  # noqa: S301 - from our own process
        if failed:
            raise value
        return cast(R, value)

    async def _readable(self) -> None:
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._connection, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._connection)
            # uvloop's readers make a file non-blocking: large messages would then fail half-way.
            os.set_blocking(self._connection.fileno(), True)

    def _end(self) -> None:
        """Kill the process, and free what it had: that may take a while."""
        if self._process.pid is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        # Closed last: a thread that is still sending would write into whatever is opened next.
        self._connection.close()


class _Once:
    """Object of a process that runs one function."""

    def run(self, function: Callable[..., object], args: tuple[object, ...]) -> object:
        """Result of the function."""
        return function(*args)


def _serve(connection: Connection, factory: Callable[[], object]) -> None:
    """Main function of a child process: answer calls until it is killed."""
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    target = factory()
    with suppress(EOFError, OSError):
        while True:
            method, args = connection.recv()
            try:
                answer = False, method(target, *args)
            except Exception as error:
                error.__traceback__ = None
                answer = True, error
            connection.send(answer)


def _end_with_parent() -> None:
    """Exit when the server exits, even if it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)
