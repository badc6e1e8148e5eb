"""History on the server: overwritten, deleted and lost values, the trash, and restorations."""

from urllib.parse import urlencode

from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.json_types import Json
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import Session
from trackforge_client.device.wire import document

_PAGE = 500


async def read_history(
    session: Session, collection: str, id: str, limit: int
) -> list[dict[str, Json]]:
    """Newest entries of a record: `{version, replaced_at, device, why, clock, device_id, data}`."""
    return await _read(session, f"/{_slug(collection)}/{id}/history", {}, limit)


async def read_trash(session: Session, collection: str | None, limit: int) -> list[dict[str, Json]]:
    """Records that were deleted last, as entries with `collection` and `id`."""
    parameters = {} if collection is None else {"collection": collection}
    return await _read(session, "/trash", parameters, limit)


async def restore(session: Session, collection: str, id: str, version: int) -> dict[str, Json]:
    """Restored record, flat, with its `id` and `version`."""
    body = dump({"version": version}).encode()
    response = await session.call("POST", f"/{_slug(collection)}/{id}/restore", body)
    try:
        return document(response.body)
    except ValueError as error:
        raise invalid_response(response, error) from error


async def _read(
    session: Session, path: str, parameters: dict[str, str], limit: int
) -> list[dict[str, Json]]:
    items: list[dict[str, Json]] = []
    token: Json = ""
    while isinstance(token, str) and len(items) < limit:
        size = {"limit": str(min(limit - len(items), _PAGE))}
        query = urlencode(parameters | size | ({"page_token": token} if token else {}))
        response = await session.call("GET", f"{path}?{query}")
        try:
            page = document(response.body)
        except ValueError as error:
            raise invalid_response(response, error) from error
        found = page.get("items")
        if isinstance(found, list):
            items += [item for item in found if isinstance(item, dict)]
        token = page.get("next_page_token")
    return items


def _slug(collection: str) -> str:
    return collection.replace("_", "-")
