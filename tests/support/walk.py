"""Walks: the functions of the server that a request goes through, in order."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

SERVER = Path(__file__).resolve().parents[2] / "sync_server"


class Step(NamedTuple):
    """The first entry into a function of the server.

    `module` is a path below `sync_server/`; `caller` is the module of the nearest caller there;
    `begin` is the function in which its task began.
    """

    module: str
    function: str
    caller: str
    begin: str = ""


@contextmanager
def walking(*begins: str) -> Iterator[list[Step]]:
    """The steps of the tasks that enter one of the functions `begins`, from then on, in order.

    A coroutine that goes on is no new step.
    """
    steps: list[Step] = []
    entered: set[FrameType] = set()
    tasks: dict[asyncio.Task[object] | None, str] = {}

    def profile(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event != "call" or code.co_name.startswith("<") or not (module := _module(frame)):
            return
        if frame in entered:
            return
        entered.add(frame)
        if code.co_qualname in begins:
            tasks.setdefault(asyncio.current_task(), code.co_qualname)
        elif not tasks or asyncio.current_task() not in tasks:
            return
        caller = frame.f_back
        while caller is not None and not _module(caller):
            caller = caller.f_back
        begin = tasks[asyncio.current_task()]
        steps.append(Step(module, code.co_qualname, _module(caller) if caller else "", begin))

    sys.setprofile(profile)
    try:
        yield steps
    finally:
        sys.setprofile(None)


def _module(frame: FrameType) -> str:
    """Path below `sync_server/` of the frame's module; empty for other code."""
    _, found, path = frame.f_code.co_filename.partition(str(SERVER) + "/")
    return path.removesuffix(".py") if found else ""
