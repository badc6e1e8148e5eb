"""Limits of running imports: their time, and the patience of their client."""

import asyncio

from aiohttp import web

from sync_server.imports.pipeline import run_import
from sync_server.imports.push_batches import PushTarget
from sync_server.imports.request import AnyImport
from sync_server.web.child_process import ChildDied
from sync_server.web.disconnect import run_while_connected
from sync_server.web.errors import Overloaded


async def run_limited(
    request: web.Request, target: PushTarget, import_request: AnyImport, limit_s: float
) -> bytes:
    """Response body of an import that ends with its time limit or its client."""
    try:
        async with asyncio.timeout(limit_s) as limit:
            return await run_while_connected(request, run_import(target, import_request))
    except TimeoutError:
        if not limit.expired():
            raise  # the database's
        raise Overloaded(f"It took longer than {limit_s:g} s: send it for the rest.") from None
    except ChildDied:
        raise Overloaded("Its process ended: send it again.") from None
