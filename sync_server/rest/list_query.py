"""What a list asks for, read from query parameters."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from schema.collection import Collection
from schema.ids import UserId, is_uuid
from sync_server.rest.page_token import BadToken, decode_token, encode_token
from sync_server.web.errors import InvalidCursor
from sync_server.web.query import invalid_parameter, read_choice, read_day, read_parameters

DEFAULT_LIMIT, MOST_LIMIT = 100, 500


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A list's question. `order` has a minus where it goes down; `place` is where a page ended."""

    limit: int
    order: str
    first: datetime.date | None = None
    last: datetime.date | None = None
    parent_id: str | None = None
    place: tuple[str | int, str] | None = None
    asked: str = ""

    def token(self, user_id: UserId, key: str | int, id: str) -> str:
        """The token of the page after this record."""
        return encode_token(key, id, user_id, self.asked)


def orders_of(collection: Collection) -> tuple[str, ...]:
    """The orders that a list can have, the usual one first."""
    position = ("position", "-position") if "position" in collection.fields else ()
    date = ("-date", "date") if collection.day_field else ()
    return (*date, "id", "-id", "updated", "-updated", *position)


def has_days(collection: Collection) -> bool:
    """Whether records have a day, their own or their parent's."""
    return bool(collection.day_field or collection.parent_day)


def names_of(collection: Collection) -> tuple[str, ...]:
    """The parameters that a list takes."""
    days = ("from", "to") if has_days(collection) else ()
    parent = (collection.parent_field,) if collection.parent_field else ()
    return ("limit", "page_token", "order", *days, *parent)


def read_list_query(
    pairs: Iterable[tuple[str, str]], collection: Collection, user_id: UserId
) -> ListQuery:
    """Check the parameters; raises InvalidParameter or InvalidCursor."""
    given = read_parameters(pairs, names_of(collection))
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
    asked = f"{collection.name} {order} {first} {last} {parent_id}"
    token = given.get("page_token")
    try:
        place = decode_token(token, user_id, asked) if token else None
    except BadToken as error:
        raise InvalidCursor(str(error)) from None
    return ListQuery(_limit(given.get("limit")), order, first, last, parent_id, place, asked)


def _order(given: dict[str, str], collection: Collection, parent_id: str | None) -> str:
    orders = orders_of(collection)
    if "order" not in given and parent_id and "position" in orders:
        return "position"
    order = read_choice(given, "order", orders)
    if order.endswith("position") and not parent_id:
        raise invalid_parameter("order", f"By position only with {collection.parent_field}.")
    return order


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST_LIMIT):
        raise invalid_parameter("limit", f"Must be a whole number from 1 to {MOST_LIMIT}.")
    return int(text)
