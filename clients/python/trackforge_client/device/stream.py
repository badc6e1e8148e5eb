"""Server-sent events of the user's version."""

import json
from collections.abc import AsyncGenerator

from trackforge_client.device.session import Session


async def version_events(session: Session) -> AsyncGenerator[int, None]:
    """Versions of the user's records, at connection and on every change.

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
