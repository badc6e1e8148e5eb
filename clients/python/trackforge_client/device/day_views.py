"""Day views computed by the server, stored for offline use."""

import json
from urllib.parse import urlencode

from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.json_types import Json
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store


def stored_view(store: Store, date: str) -> dict[str, Json] | None:
    """Last received view of a day (`YYYY-MM-DD`), None if there is none."""
    row = store.connection.execute("SELECT data FROM day_views WHERE date = ?", (date,)).fetchone()
    return None if row is None else dict(json.loads(row[0]))


def store_views(store: Store, views: list[dict[str, Json]]) -> list[str]:
    """Dates of the views; stores them under these dates."""
    generation = store.get_int("generation")
    dated = [(str(view["date"]), dump(view), generation) for view in views if "date" in view]
    with store.transaction() as connection:
        connection.executemany("INSERT OR REPLACE INTO day_views VALUES (?, ?, ?)", dated)
    return [date for date, _, _ in dated]


async def fetch(
    session: Session, store: Store, start: str, end: str, nutrients: bool = False
) -> list[dict[str, Json]]:
    """Views from `start` to `end`, both included, fetched from the server and stored."""
    query = urlencode({"from": start, "to": end} | ({"nutrients": "true"} if nutrients else {}))
    response = await session.call("GET", f"/days?{query}")
    try:
        body = json.loads(response.body)
    except ValueError as error:
        raise invalid_response(response, error) from error
    views = body.get("days") if isinstance(body, dict) else body
    views = [view for view in views or [] if isinstance(view, dict)]
    store_views(store, views)
    return views
