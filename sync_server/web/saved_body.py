"""Bodies of any size: written to a file as they arrive, within limits of size and time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.web.errors import (
    BodyTooLarge,
    MalformedBody,
    Overloaded,
    RequestTimeout,
    UnsupportedEncoding,
)


class Writable(Protocol):
    """File that bytes are written to."""

    def write(self, data: bytes, /) -> int:
        """Number of bytes written."""


async def save_body(
    request: web.Request, file: Writable, max_bytes: int, time_limit_s: float
) -> int:
    """Write the body to a file; returns its size.

    Raises BodyTooLarge, MalformedBody, UnsupportedEncoding, RequestTimeout, and Overloaded without
    space for it.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise UnsupportedEncoding("A file is sent as it is.")
    if (request.content_length or 0) > max_bytes:
        raise BodyTooLarge(f"The body is larger than {max_bytes} bytes.")
    size = 0
    try:
        async with asyncio.timeout(time_limit_s):
            async for part in _parts(request):
                size += len(part)
                if size > max_bytes:
                    raise BodyTooLarge(f"The body is larger than {max_bytes} bytes.")
                await asyncio.to_thread(file.write, part)
    except TimeoutError:
        raise RequestTimeout from None
    except (ConnectionError, web.RequestPayloadError):
        raise MalformedBody("The body breaks off.") from None
    except OSError:
        raise Overloaded("There is no space for the file right now.") from None
    return size


async def _parts(request: web.Request) -> AsyncIterator[bytes]:
    """Parts of the body; raises TimeoutError when the next one is too late."""
    while True:
        async with asyncio.timeout(request.app[CONFIG].serving.body_timeout_s):
            part = await request.content.readany()
        if not part:
            return
        yield part
