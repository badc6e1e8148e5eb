"""Counts of rejections by day, code and version of the app, until they are stored."""

import datetime
from collections import Counter
from typing import Literal, NamedTuple

import orjson

from sync_server.store.postgres import Connection

OTHERS = "(others)"
"""Versions beyond the limit of a day: the texts come from clients."""
MAX_ROWS = 1_000
"""Rows of one day."""

# A client may invent versions without end: a new one beyond the limit is counted among the others.
STORE = f"""
INSERT INTO fleet_rejections AS stored (day, code, app_version, kind, count)
SELECT given.day, given.code, version.name, given.kind, sum(given.count)
FROM json_to_recordset($1::text::json)
  AS given (day date, code text, app_version text, kind text, count bigint)
CROSS JOIN LATERAL (
  SELECT CASE WHEN EXISTS (
    SELECT FROM fleet_rejections AS known
    WHERE known.day = given.day AND known.code = given.code
      AND known.app_version = given.app_version AND known.kind = given.kind
  ) OR (SELECT count(*) FROM fleet_rejections AS others WHERE others.day = given.day) < $2
  THEN given.app_version ELSE '{OTHERS}' END AS name
) AS version
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (day, code, app_version, kind) DO UPDATE SET count = stored.count + EXCLUDED.count
"""


class RejectionKind(NamedTuple):
    """A kind of rejection: a `change` of a push, or a `request` as a whole."""

    day: datetime.date
    code: str
    app_version: str
    kind: Literal["change", "request"]


class Rejections:
    """Rejections of this process that are not stored yet."""

    MAX_KINDS = 500

    def __init__(self) -> None:
        self._counts: Counter[RejectionKind] = Counter()

    def note(self, rejection: RejectionKind, count: int = 1) -> None:
        """Add to a count; beyond the bound of memory, to that of the other versions."""
        if rejection not in self._counts and len(self._counts) >= self.MAX_KINDS:
            rejection = rejection._replace(app_version=OTHERS)
        self._counts[rejection] += count

    def take(self) -> Counter[RejectionKind]:
        """The counts since the last call."""
        counts, self._counts = self._counts, Counter()
        return counts

    def put_back(self, counts: Counter[RejectionKind]) -> None:
        """Add counts that could not be stored."""
        self._counts += counts


async def store_rejections(connection: Connection, counts: Counter[RejectionKind]) -> None:
    """Add counts to those that are stored."""
    rows = [rejection._asdict() | {"count": count} for rejection, count in counts.items()]
    if rows:
        await connection.execute(STORE, orjson.dumps(rows).decode(), MAX_ROWS)
