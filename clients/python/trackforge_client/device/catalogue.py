"""The server's built-in foods and exercises, kept on the device and searched without a network."""

import json
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlencode

from trackforge_client.device.error_responses import not_understood
from trackforge_client.device.json_types import Json
from trackforge_client.device.normalize import plain
from trackforge_client.device.records import Records, dump
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store
from trackforge_client.device.transport import Response
from trackforge_client.device.wire import document

Kind = Literal["foods", "exercises"]
Entry = dict[str, Json]
KINDS: tuple[Kind, ...] = ("foods", "exercises")

# The second index holds the words apart from the data, so that a search reads little.
_TABLES = (
    "CREATE TABLE IF NOT EXISTS catalogue (kind TEXT NOT NULL, id TEXT NOT NULL,"
    " words TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (kind, id))",
    "CREATE INDEX IF NOT EXISTS catalogue_words ON catalogue (kind, words)",
)


class Catalogue:
    """What has been downloaded; nothing until the first `refresh`, which needs no account."""

    def __init__(self, store: Store, records: Records) -> None:
        self._store = store
        self._records = records
        with store.transaction() as connection:
            for statement in _TABLES:
                connection.execute(statement)

    def version(self, kind: Kind) -> str | None:
        """The version of what is here, None before the first download."""
        return self._store.get(f"catalogue_{kind}")

    def get(self, kind: Kind, id: str) -> Entry | None:
        """A built-in entry by its id."""
        row = self._store.connection.execute(
            "SELECT data FROM catalogue WHERE kind = ? AND id = ?", (kind, id)
        ).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def search(self, kind: Kind, asked: str, limit: int = 20) -> list[Entry]:
        """The user's own records, then built-in entries, with a word that begins as each asked.

        The very name comes first, then names that begin so, then short ones; `source` tells which
        are the user's own. Mistyped words are the online search's business.
        """
        words = plain(asked).split()
        if not words:
            return []
        found = list(self._own(kind, words))
        found.sort(key=lambda each: (each[0] != " ".join(words), len(each[0]), each[0]))
        entries = [entry for _, entry in found][:limit]
        return entries + self._built_in(kind, words, limit - len(entries))

    def _own(self, kind: Kind, words: list[str]) -> Iterator[tuple[str, Entry]]:
        for id, data in self._records.all(kind, {}):
            name = plain(f"{data.get('name')} {data.get('brand') or ''}")
            if all(f" {word}" in f" {name}" for word in words):
                yield name, {"id": id, **data, "source": "own"}

    def _built_in(self, kind: Kind, words: list[str], limit: int) -> list[Entry]:
        begun = " AND words LIKE ?" * len(words)
        asked = " " + " ".join(words)
        rows = self._store.connection.execute(
            f"SELECT data FROM catalogue WHERE kind = ?{begun}"
            " ORDER BY words = ? DESC, words LIKE ? DESC, length(words), words LIMIT ?",
            (kind, *(f"% {word}%" for word in words), asked, f"{asked}%", limit),
        )
        return [dict(json.loads(data)) for (data,) in rows]

    async def refresh(self, session: Session) -> int:
        """Fetch what has changed since the last time; answers how many entries did.

        Raises Offline, Unavailable or Refused; what is here stays then.
        """
        return sum([await self._refresh(session, kind) for kind in KINDS])

    async def _refresh(self, session: Session, kind: Kind) -> int:
        since, known = self.version(kind) or "", self._store.get(f"catalogue_{kind}_etag") or ""
        # An ETag is that of one question: since which version, and what was the answer.
        asked, _, etag = known.partition(" ")
        headers = {"if-none-match": etag} if etag and asked == since else {}
        query = f"?{urlencode({'since': since})}" if since else ""
        response = await session.open_call("GET", f"/catalogue/{kind}{query}", headers=headers)
        if response.status == 304:
            return 0
        version, whole, entries, removed = _told(response)
        with self._store.transaction() as connection:
            if whole:
                connection.execute("DELETE FROM catalogue WHERE kind = ?", (kind,))
            connection.executemany(
                "INSERT OR REPLACE INTO catalogue VALUES (?, ?, ?, ?)",
                (
                    (kind, entry["id"], f" {plain(str(entry['name']))}", dump(entry))
                    for entry in entries
                ),
            )
            connection.executemany(
                "DELETE FROM catalogue WHERE kind = ? AND id = ?", ((kind, id) for id in removed)
            )
            told = response.headers.get("etag", "")
            self._store.set(
                **{f"catalogue_{kind}": version, f"catalogue_{kind}_etag": f"{since} {told}"}
            )
        return len(entries) + len(removed)


def _told(response: Response) -> tuple[str, bool, list[Entry], list[str]]:
    """Version, whether it is everything, entries and the ids of those that are gone."""
    try:
        body = document(response.body)
        entries, removed = body["entries"], body["removed"]
        if not isinstance(entries, list) or not isinstance(removed, list):
            raise ValueError("a list is missing")
        kept = [entry for entry in entries if isinstance(entry, dict)]
        if not all(isinstance(each.get("id"), str) and "name" in each for each in kept):
            raise ValueError("an entry has no id or no name")
        return str(body["version"]), body["since"] is None, kept, [str(id) for id in removed]
    except (ValueError, KeyError) as error:
        raise not_understood(response, error) from error


async def ask(session: Session, kind: Kind, parameters: dict[str, str]) -> list[Entry]:
    """The server's hits, the user's own first; raises as every request of a session."""
    response = await session.call("GET", f"/{kind}/search?{urlencode(parameters)}")
    try:
        hits = document(response.body)[kind]
    except (ValueError, KeyError) as error:
        raise not_understood(response, error) from error
    return [hit for hit in hits if isinstance(hit, dict)] if isinstance(hits, list) else []
