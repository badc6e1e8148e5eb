"""Pages of history entries, read from query parameters."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from schema.ids import UserId
from sync_server.rest.history_queries import HistoryEntry, Position
from sync_server.rest.list_query import DEFAULT_LIMIT, MAX_LIMIT
from sync_server.rest.page_token import InvalidPageToken, decode_page_token, encode_page_token
from sync_server.web.errors import InvalidCursor
from sync_server.web.query import read_integer


@dataclass(frozen=True, slots=True)
class PageQuery:
    """The query of a page: `after` is the end of the page before, `scope` names the list."""

    user_id: UserId
    scope: str
    limit: int
    after: Position | None

    def text(self, entries: Sequence[HistoryEntry], *, named: bool = False) -> bytes:
        """JSON text of the page, whose last entry is left out if it is beyond the limit."""
        page = entries[: self.limit]
        token = f'"{self._token(page[-1])}"' if len(entries) > self.limit else "null"
        items = ",".join([entry.text(named=named) for entry in page])
        return f'{{"items":[{items}],"next_page_token":{token}}}'.encode()

    def _token(self, entry: HistoryEntry) -> str:
        replaced_at, version, device_id = entry.position
        key = f"{replaced_at.isoformat()} {version}"
        return encode_page_token(key, device_id, self.user_id, self.scope)


def read_page_query(given: dict[str, str], user_id: UserId, scope: str) -> PageQuery:
    """Read `limit` and `page_token`; raises InvalidParameter or InvalidCursor."""
    limit, token = given.get("limit"), given.get("page_token")
    try:
        after = _position(*decode_page_token(token, user_id, scope)) if token else None
    except InvalidPageToken as error:
        raise InvalidCursor(str(error)) from None
    size = DEFAULT_LIMIT if limit is None else read_integer("limit", limit, 1, MAX_LIMIT)
    return PageQuery(user_id, scope, size, after)


def _position(key: str | int, device_id: str) -> Position:
    replaced_at, _, version = str(key).partition(" ")
    return datetime.datetime.fromisoformat(replaced_at), int(version), device_id
