"""Server-sent events of the user's version."""

import json
from collections.abc import AsyncGenerator

from trackforge_client.device.errors import Unavailable
from trackforge_client.device.session import Session

REPLACED_WAIT_S = 300.0
"""Pause after the server replaced the stream, so that many devices do not replace each other."""


async def version_events(session: Session) -> AsyncGenerator[int, None]:
    """Versions of the user's records, at connection and on every change.

    Raises as `Session.call`. The stream ends with its access token, or when it is replaced.
    """
    event, data = "", ""
    async for line in session.stream("/sync/stream"):
        if line:
            name, _, value = line.partition(":")
            event = value.strip() if name == "event" else event
            data = value.strip() if name == "data" else data
            continue
        if event == "replaced":
            raise Unavailable(
                "A newer stream replaced this one.", status=200, retry_after_s=REPLACED_WAIT_S
            )
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
