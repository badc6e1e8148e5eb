"""Download of tables and of FIT files, written by the server."""

from collections.abc import Mapping
from urllib.parse import urlencode

from trackforge_client.device.session import Session


async def download(session: Session, path: str, parameters: Mapping[str, str | None]) -> bytes:
    """Body of an export below `/exports/`, with the parameters that are given."""
    given = urlencode({name: value for name, value in parameters.items() if value is not None})
    response = await session.call("GET", f"/exports/{path}{'?' if given else ''}{given}")
    return response.body
