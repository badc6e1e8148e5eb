"""Names of the catalogue and of the user on a device, ranked as the server ranks them."""

import gzip
import importlib.util
import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from trackforge_client.device.records import Records
from trackforge_client.device.store import Store
from trackforge_client.ranking.name_form import split_name
from trackforge_client.ranking.name_index import IndexedName, NameIndex
from trackforge_client.ranking.personal_ranking import (
    UNLOGGED_POPULARITY,
    find_exact_names,
    find_names,
    personal_index,
    personal_name,
    personal_popularity,
)
from trackforge_client.ranking.steps import result_of
from trackforge_client.ranking.synonyms import synonymous

Kind = Literal["foods", "exercises"]

FINDS_TYPOS = importlib.util.find_spec("rapidfuzz") is not None
"""True with the extra `typos`."""

# Newest own records and logs that a search considers; of entries in no list of popularity.
MAX_OWN, MAX_LOGS, HALF_LIFE_DAYS, UNKNOWN_POPULARITY = 2000, 1000, 14.0, 0.3
_LOGS = {
    "foods": """
SELECT json_extract(data, '$.food_id'), julianday(json_extract(data, '$.date')) AS day
FROM records WHERE collection = 'food_logs' AND NOT deleted AND day IS NOT NULL
ORDER BY day DESC LIMIT ?
""",
    "exercises": """
SELECT json_extract(one.data, '$.exercise_id'),
       julianday(json_extract(session.data, '$.date')) AS day
FROM records AS one JOIN records AS session
ON session.collection = 'workout_sessions' AND session.id = json_extract(one.data, '$.session_id')
WHERE one.collection = 'workout_sets' AND NOT one.deleted AND day IS NOT NULL
ORDER BY day DESC LIMIT ?
""",
}


class CatalogueNames:
    """Indexes of names, built at the first search after a change and held in memory.

    Own and logged names come first, by how often and how recently they were logged.
    """

    def __init__(self, store: Store, records: Records) -> None:
        self._store = store
        self._records = records
        self._built_in: dict[Kind, tuple[str | None, NameIndex]] = {}
        self._personal: dict[Kind, tuple[int, NameIndex]] = {}

    def find(self, kind: Kind, version: str | None, words: Sequence[str], limit: int) -> list[str]:
        """Ids of the best names, best first; `version` is that of the stored catalogue."""
        built_in = self._built_in_index(kind, version)
        personal = self._personal_index(kind, built_in)
        if FINDS_TYPOS:
            found = result_of(find_names(personal, built_in, words, limit)).names
        else:
            found = result_of(find_exact_names(personal, built_in, words, limit))
        return [name.id for _, name in found]

    def _built_in_index(self, kind: Kind, version: str | None) -> NameIndex:
        known = self._built_in.get(kind)
        if known is None or known[0] != version:
            known = self._built_in[kind] = version, NameIndex(self._built_in_names(kind))
            self._personal.pop(kind, None)
        return known[1]

    def _built_in_names(self, kind: Kind) -> Iterator[IndexedName]:
        popularity, others = _ranking()
        rows = self._store.connection.execute(
            "SELECT id, json_extract(data, '$.name'), json_extract(data, '$.source_id')"
            " FROM catalogue WHERE kind = ?",
            (kind,),
        )
        for id, name, source_id in rows:
            parts = split_name(name)
            forms = [parts, *synonymous(kind, parts)]
            if kind == "exercises":
                forms += [split_name(other) for other in others.get(name, ())]
            value = popularity[kind].get(source_id, UNKNOWN_POPULARITY)
            yield IndexedName(id, name, forms, value)

    def _personal_index(self, kind: Kind, built_in: NameIndex) -> NameIndex:
        changes = self._store.connection.total_changes
        known = self._personal.get(kind)
        if known is None or known[0] != changes:
            popularity = personal_popularity(self._days_with_logs(kind))
            own = {
                id: personal_name(
                    id,
                    str(data.get("name") or ""),
                    str(data.get("brand") or ""),
                    popularity.get(id, UNLOGGED_POPULARITY),
                )
                for id, data in self._records.all(kind, {})[-MAX_OWN:]
            }
            index = result_of(personal_index(own, popularity, built_in))
            known = self._personal[kind] = changes, index
        return known[1]

    def _days_with_logs(self, kind: Kind) -> dict[str, float]:
        """Days with a log by entry, counting half after each HALF_LIFE_DAYS before the last."""
        rows = self._store.connection.execute(_LOGS[kind], (MAX_LOGS,)).fetchall()
        last = max((day for _, day in rows), default=0.0)
        days: dict[str, float] = {}
        for entry, day in {(entry, day) for entry, day in rows if entry}:
            days[entry] = days.get(entry, 0.0) + 0.5 ** ((last - day) / HALF_LIFE_DAYS)
        return days


@lru_cache(1)
def _ranking() -> tuple[dict[str, dict[str, float]], dict[str, list[str]]]:
    """Popularity of built-in names by kind and source id; other names by name."""
    packed = files("trackforge_client.ranking") / "names.json.gz"
    content = json.loads(gzip.decompress(packed.read_bytes()))
    return content["popularity"], content["others"]
