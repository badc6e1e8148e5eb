"""Proof that this device holds what the server holds, and repair of a collection that differs."""

from dataclasses import dataclass
from urllib.parse import urlencode

from trackforge_client.device.digest import version_digest
from trackforge_client.device.error_responses import not_understood
from trackforge_client.device.json_types import Json
from trackforge_client.device.records import Records
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store
from trackforge_client.device.wire import document, pull_answer


@dataclass(frozen=True, slots=True)
class Check:
    """The server's version that was compared with, and the collections that differ from it."""

    version: int
    differing: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether this device has exactly the server's records, unsent writes aside."""
        return not self.differing


async def compare(session: Session, store: Store) -> Check:
    """Ask for the server's counts and digests; meaningful right after a pull."""
    response = await session.call("GET", "/sync/check")
    try:
        answer = document(response.body)
        theirs = answer["collections"]
        version = answer["version"]
        if not isinstance(theirs, dict) or not isinstance(version, int):
            raise ValueError("no collections")
    except (ValueError, KeyError) as error:
        raise not_understood(response, error) from error
    ours = _digests(store)
    empty: dict[str, Json] = {"count": 0, "digest": version_digest(())}
    names = sorted(ours.keys() | theirs.keys())
    differing = [name for name in names if ours.get(name, empty) != theirs.get(name, empty)]
    return Check(version, tuple(differing))


def _digests(store: Store) -> dict[str, dict[str, Json]]:
    versions: dict[str, list[tuple[str, int]]] = {}
    for collection, id, version in store.connection.execute(
        "SELECT collection, id, version FROM records WHERE base IS NOT NULL AND NOT base_deleted"
    ):
        versions.setdefault(collection, []).append((id, version))
    return {
        name: {"count": len(known), "digest": version_digest(known)}
        for name, known in versions.items()
    }


async def repair(session: Session, store: Store, records: Records, collection: str) -> None:
    """Pull one collection from the beginning, beside the device's own cursor."""
    before = _versions(store, collection)
    found: set[str] = set()
    cursor = ""
    more = True
    while more:
        query = urlencode({"collections": collection, "day_views": "none", "cursor": cursor})
        response = await session.call("GET", f"/sync/pull?{query}")
        try:
            page = pull_answer(response.body)
        except ValueError as error:
            raise not_understood(response, error) from error
        with store.transaction():
            for record in page.changes:
                records.forget(collection, record.id)
                records.take(record)
                found.add(record.id)
        cursor, more = page.cursor, page.has_more
    with store.transaction():
        now = _versions(store, collection)
        for id, version in before.items():
            # What a push has brought meanwhile may be newer than the last page.
            if id not in found and now.get(id) == version:
                records.forget(collection, id)


def _versions(store: Store, collection: str) -> dict[str, int]:
    rows = store.connection.execute(
        "SELECT id, version FROM records WHERE collection = ? AND base IS NOT NULL", (collection,)
    )
    return dict(rows)
