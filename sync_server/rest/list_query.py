"""List queries, read from query parameters."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from schema.collection import Collection
from schema.ids import UserId, is_uuid
from sync_server.rest.page_token import InvalidPageToken, decode_page_token, encode_page_token
from sync_server.web.errors import InvalidCursor
from sync_server.web.query import (
    invalid_parameter,
    read_choice,
    read_day,
    read_integer,
    read_parameters,
)

DEFAULT_LIMIT, MAX_LIMIT = 100, 500


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The query of a list.

    `order` has a minus for descending; `position` is the end of the page before; `scope` names
    the list that a page token belongs to.
    """

    limit: int
    order: str
    first: datetime.date | None = None
    last: datetime.date | None = None
    parent_id: str | None = None
    position: tuple[str | int, str] | None = None
    scope: str = ""

    def token(self, user_id: UserId, key: str | int, id: str) -> str:
        """Token of the page after this record."""
        return encode_page_token(key, id, user_id, self.scope)


def orders_of(collection: Collection) -> tuple[str, ...]:
    """The orders of a list, the default one first."""
    position = ("position", "-position") if "position" in collection.fields else ()
    date = ("-date", "date") if collection.day_field else ()
    return (*date, "id", "-id", "updated", "-updated", *position)


def has_days(collection: Collection) -> bool:
    """True if records have a day, their own or their parent's."""
    return bool(collection.day_field or collection.parent_day)


def parameters_of(collection: Collection) -> tuple[str, ...]:
    """Names of a list's parameters."""
    days = ("from", "to") if has_days(collection) else ()
    parent = (collection.parent_field,) if collection.parent_field else ()
    return ("limit", "page_token", "order", *days, *parent)


def read_list_query(
    pairs: Iterable[tuple[str, str]], collection: Collection, user_id: UserId
) -> ListQuery:
    """Read the parameters; raises InvalidParameter or InvalidCursor."""
    given = read_parameters(pairs, parameters_of(collection))
    parent_id = given.get(collection.parent_field or "")
    if parent_id is not None and not is_uuid(parent_id):
        raise invalid_parameter(
            str(collection.parent_field), "Not a UUID in canonical lower-case text."
        )
    order = _order(given, collection, parent_id)
    first, last = (
        read_day(name, given[name]) if name in given else None for name in ("from", "to")
    )
    if first and last and first > last:
        raise invalid_parameter("to", "Lies before from.")
    scope = f"{collection.name} {order} {first} {last} {parent_id}"
    token = given.get("page_token")
    try:
        position = decode_page_token(token, user_id, scope) if token else None
    except InvalidPageToken as error:
        raise InvalidCursor(str(error)) from None
    limit = given.get("limit")
    return ListQuery(
        DEFAULT_LIMIT if limit is None else read_integer("limit", limit, 1, MAX_LIMIT),
        order,
        first,
        last,
        parent_id,
        position,
        scope,
    )


def _order(given: dict[str, str], collection: Collection, parent_id: str | None) -> str:
    orders = orders_of(collection)
    if "order" not in given and parent_id and "position" in orders:
        return "position"
    order = read_choice(given, "order", orders)
    if order.endswith("position") and not parent_id:
        raise invalid_parameter("order", f"By position only with {collection.parent_field}.")
    return order
