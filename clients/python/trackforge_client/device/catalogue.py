"""Built-in foods and exercises, stored on the device and searched offline."""

import json
from urllib.parse import urlencode

from trackforge_client.device.catalogue_names import CatalogueNames, Kind
from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.json_types import Json
from trackforge_client.device.normalize import normalized
from trackforge_client.device.records import Records
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store
from trackforge_client.device.transport import Response
from trackforge_client.device.wire import document

Entry = dict[str, Json]
KINDS: tuple[Kind, ...] = ("foods", "exercises")

_TABLES = (
    "CREATE TABLE IF NOT EXISTS catalogue (kind TEXT NOT NULL, id TEXT NOT NULL,"
    " words TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (kind, id))",
    "CREATE INDEX IF NOT EXISTS catalogue_words ON catalogue (kind, words)",
)


class Catalogue:
    """Downloaded catalogue; empty until the first `refresh`, which needs no account."""

    def __init__(self, store: Store, records: Records) -> None:
        self._store = store
        self._records = records
        self._names = CatalogueNames(store, records)
        with store.transaction() as connection:
            for statement in _TABLES:
                connection.execute(statement)

    def version(self, kind: Kind) -> str | None:
        """Version of the stored copy, None before the first download."""
        return self._store.get(f"catalogue_{kind}")

    def get(self, kind: Kind, id: str) -> Entry | None:
        """Built-in entry by its id."""
        row = self._store.connection.execute(
            "SELECT data FROM catalogue WHERE kind = ? AND id = ?", (kind, id)
        ).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def search(self, kind: Kind, query: str, limit: int = 20) -> list[Entry]:
        """Own and logged entries, then built-in ones, ranked as by the server's search.

        `source` is `own` for the user's records. Mistyped words are found with the extra `typos`.
        """
        words = normalized(query).split()
        if not words:
            return []
        ids = self._names.find(kind, self.version(kind), words, limit)
        return [entry for id in ids if (entry := self._own(kind, id) or self.get(kind, id))]

    def _own(self, kind: Kind, id: str) -> Entry | None:
        state = self._records.visible(kind, id)
        return None if state is None or state.deleted else {"id": id, **state.data, "source": "own"}

    async def refresh(self, session: Session) -> int:
        """Number of changed entries since the last refresh; downloads and stores them.

        Raises Offline, Unavailable or RequestRejected; the stored copy stays as it is then.
        """
        return sum([await self._refresh(session, kind) for kind in KINDS])

    async def _refresh(self, session: Session, kind: Kind) -> int:
        since, stored = self.version(kind) or "", self._store.get(f"catalogue_{kind}_etag") or ""
        # The ETag belongs to the delta since one version.
        etag_since, _, etag = stored.partition(" ")
        headers = {"if-none-match": etag} if etag and etag_since == since else {}
        query = f"?{urlencode({'since': since})}" if since else ""
        response = await session.public_call("GET", f"/catalogue/{kind}{query}", headers=headers)
        if response.status == 304:
            return 0
        version, is_full, entries, removed = _parse_delta(response)
        with self._store.transaction() as connection:
            if is_full:
                connection.execute("DELETE FROM catalogue WHERE kind = ?", (kind,))
            connection.executemany(
                "INSERT OR REPLACE INTO catalogue VALUES (?, ?, ?, ?)",
                (
                    (kind, entry["id"], f" {normalized(str(entry['name']))}", dump(entry))
                    for entry in entries
                ),
            )
            connection.executemany(
                "DELETE FROM catalogue WHERE kind = ? AND id = ?", ((kind, id) for id in removed)
            )
            new_etag = response.headers.get("etag", "")
            self._store.set(
                **{f"catalogue_{kind}": version, f"catalogue_{kind}_etag": f"{since} {new_etag}"}
            )
        return len(entries) + len(removed)


def _parse_delta(response: Response) -> tuple[str, bool, list[Entry], list[str]]:
    """(version, is_full, entries, removed ids) of a catalogue response; raises Unavailable."""
    try:
        body = document(response.body)
        entries, removed = body["entries"], body["removed"]
        if not isinstance(entries, list) or not isinstance(removed, list):
            raise ValueError("a list is missing")
        objects = [entry for entry in entries if isinstance(entry, dict)]
        if not all(isinstance(each.get("id"), str) and "name" in each for each in objects):
            raise ValueError("an entry has no id or no name")
        return str(body["version"]), body["since"] is None, objects, [str(id) for id in removed]
    except (ValueError, KeyError) as error:
        raise invalid_response(response, error) from error


async def search_online(session: Session, kind: Kind, parameters: dict[str, str]) -> list[Entry]:
    """Search hits of the server, the user's own first; raises as `Session.call`."""
    response = await session.call("GET", f"/{kind}/search?{urlencode(parameters)}")
    try:
        hits = document(response.body)[kind]
    except (ValueError, KeyError) as error:
        raise invalid_response(response, error) from error
    return [hit for hit in hits if isinstance(hit, dict)] if isinstance(hits, list) else []
