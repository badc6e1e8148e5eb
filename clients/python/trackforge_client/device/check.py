"""Comparison with the server's digests, and repair of a collection that differs."""

from dataclasses import dataclass
from urllib.parse import urlencode

from trackforge_client.device.digest import version_digest
from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.json_types import Json
from trackforge_client.device.records import Records
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store
from trackforge_client.device.wire import document, parse_pull


@dataclass(frozen=True, slots=True)
class Check:
    """Server version of the comparison, and names of the collections that differ."""

    version: int
    differing: tuple[str, ...]

    @property
    def same(self) -> bool:
        """True if this device has exactly the server's records, unsent writes aside."""
        return not self.differing


async def compare(session: Session, store: Store) -> Check:
    """Comparison of counts and digests with the server; meaningful directly after a pull."""
    response = await session.call("GET", "/sync/check")
    try:
        body = document(response.body)
        server_digests = body["collections"]
        version = body["version"]
        if not isinstance(server_digests, dict) or not isinstance(version, int):
            raise ValueError("no collections")
    except (ValueError, KeyError) as error:
        raise invalid_response(response, error) from error
    local_digests = _digests(store)
    empty: dict[str, Json] = {"count": 0, "digest": version_digest(())}
    names = sorted(local_digests.keys() | server_digests.keys())
    differing = [
        name for name in names if local_digests.get(name, empty) != server_digests.get(name, empty)
    ]
    return Check(version, tuple(differing))


def _digests(store: Store) -> dict[str, dict[str, Json]]:
    versions: dict[str, list[tuple[str, int]]] = {}
    for collection, id, version in store.connection.execute(
        "SELECT collection, id, version FROM records WHERE base IS NOT NULL AND NOT base_deleted"
    ):
        versions.setdefault(collection, []).append((id, version))
    return {
        name: {"count": len(pairs), "digest": version_digest(pairs)}
        for name, pairs in versions.items()
    }


async def repair_collection(
    session: Session, store: Store, records: Records, collection: str
) -> None:
    """Pulls one collection from the beginning; the device's own cursor stays."""
    before = _versions(store, collection)
    pulled_ids: set[str] = set()
    cursor = ""
    more = True
    while more:
        query = urlencode({"collections": collection, "day_views": "none", "cursor": cursor})
        response = await session.call("GET", f"/sync/pull?{query}")
        try:
            page = parse_pull(response.body)
        except ValueError as error:
            raise invalid_response(response, error) from error
        with store.transaction():
            for record in page.changes:
                records.drop_server_state(collection, record.id)
                records.store(record)
                pulled_ids.add(record.id)
        cursor, more = page.cursor, page.has_more
    with store.transaction():
        now = _versions(store, collection)
        for id, version in before.items():
            # A push in the meantime may have stored a newer state than the last page.
            if id not in pulled_ids and now.get(id) == version:
                records.drop_server_state(collection, id)


def _versions(store: Store, collection: str) -> dict[str, int]:
    rows = store.connection.execute(
        "SELECT id, version FROM records WHERE collection = ? AND base IS NOT NULL", (collection,)
    )
    return dict(rows)
