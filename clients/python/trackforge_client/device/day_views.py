"""Day views as the server computed them, kept for the time without a network."""

import json
from urllib.parse import urlencode

from trackforge_client.device.error_responses import not_understood
from trackforge_client.device.json_types import Json
from trackforge_client.device.records import dump
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store


def known(store: Store, date: str) -> dict[str, Json] | None:
    """The view of a day (`YYYY-MM-DD`) that was last told, None when none was."""
    row = store.connection.execute("SELECT data FROM day_views WHERE date = ?", (date,)).fetchone()
    return None if row is None else dict(json.loads(row[0]))


def keep(store: Store, views: list[dict[str, Json]]) -> list[str]:
    """Keep views under their dates; answers the dates."""
    generation = store.get_int("generation")
    dated = [(str(view["date"]), dump(view), generation) for view in views if "date" in view]
    with store.transaction() as connection:
        connection.executemany("INSERT OR REPLACE INTO day_views VALUES (?, ?, ?)", dated)
    return [date for date, _, _ in dated]


async def fetch(session: Session, store: Store, start: str, end: str) -> list[dict[str, Json]]:
    """The views from `start` to `end`, both included, from the server; they are kept."""
    query = urlencode({"from": start, "to": end})
    response = await session.call("GET", f"/days?{query}")
    try:
        answer = json.loads(response.body)
    except ValueError as error:
        raise not_understood(response, error) from error
    views = answer.get("days") if isinstance(answer, dict) else answer
    views = [view for view in views or [] if isinstance(view, dict)]
    keep(store, views)
    return views
