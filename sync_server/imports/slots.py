"""How many imports are under way in a process."""

from collections.abc import AsyncIterator

from aiohttp import web

from sync_server.web.upload_slots import Places

# One at a time: the greatest file takes some 250 MB while it is read.
AT_ONCE, ROOM, ROOM_OF_ONE = 1, 8, 2

PLACES: web.AppKey[Places] = web.AppKey("places", Places)


async def importing(app: web.Application) -> AsyncIterator[None]:
    """The places, as long as the application runs."""
    app[PLACES] = Places(ROOM, ROOM_OF_ONE, AT_ONCE)
    yield
