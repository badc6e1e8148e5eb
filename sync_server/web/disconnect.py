"""Disconnected clients: long work ends when its client has left."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from aiohttp import web

from sync_server.web.errors import HttpError

POLL_S = 0.5
T = TypeVar("T")


async def run_while_connected(request: web.Request, work: Coroutine[Any, Any, T]) -> T:
    """Result of the work; it is cancelled when the client disconnects, which raises HttpError."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait([task], timeout=POLL_S))[0]:
            if request.transport is None or request.transport.is_closing():
                raise HttpError("The client has left.")
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
