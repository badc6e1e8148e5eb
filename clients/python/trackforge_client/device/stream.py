"""The server's pokes: the head version, whenever it moves."""

import json
from collections.abc import AsyncGenerator

from trackforge_client.device.session import Session


async def heads(session: Session) -> AsyncGenerator[int, None]:
    """The user's version at connection and at every move, until the stream ends.

    Raises what `Session.call` raises. The stream ends with its access token.
    """
    event, data = "", ""
    async for line in session.stream("/sync/stream"):
        if line:
            name, _, value = line.partition(":")
            event = value.strip() if name == "event" else event
            data = value.strip() if name == "data" else data
            continue
        version = _version(data) if event == "head" else None
        event, data = "", ""
        if version is not None:
            yield version


def _version(data: str) -> int | None:
    try:
        version = json.loads(data)["version"]
    except (ValueError, KeyError, TypeError):
        return None
    return version if isinstance(version, int) else None
