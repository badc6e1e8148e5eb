"""Pull queries, read from query parameters or from the body of a combined request."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import orjson

from schema import COLLECTIONS, OLDEST_SCHEMA_VERSION
from schema.ids import is_uuid
from sync_server.config.settings import Config
from sync_server.web.errors import InvalidParameter, MalformedJson, UpgradeRequired
from sync_server.web.query import invalid_parameter, read_integer, read_parameters

MAX_RANGE_DAYS = 366
MAX_TOUCHED_DAYS = 62
MAX_BODY_BYTES = 64 * 1024
"""Size of the pull part of a combined request; a URL has room for much less."""

DayRange = tuple[datetime.date, datetime.date]
DayViews = Literal["touched", "none"] | DayRange


RECORDS_PER_REQUEST = 500


@dataclass(frozen=True, slots=True)
class PullQuery:
    """The query of a pull. `collections` is None for all of them.

    `max_bytes` bounds the texts of the page's records, but for the first one.
    """

    cursor: str
    limit: int
    collections: tuple[str, ...] | None = None
    day_views: DayViews = "touched"
    device_id: str | None = None
    schema_version: int = OLDEST_SCHEMA_VERSION
    given: Mapping[str, str] = field(default_factory=dict)
    max_bytes: int | None = None

    @property
    def cost(self) -> int:
        """Number of requests that the page counts as: one for each 500 records."""
        return -(-self.limit // RECORDS_PER_REQUEST)


_NAMES = ("cursor", "limit", "collections", "day_views", "device_id", "schema_version")


def read_query(pairs: Iterable[tuple[str, str]], config: Config) -> PullQuery:
    """Read the parameters; raises InvalidParameter with errors by name."""
    given = read_parameters(pairs, _NAMES)
    device_id = given.get("device_id")
    if device_id is not None and not is_uuid(device_id):
        raise invalid_parameter("device_id", "Not a UUID in canonical lower-case text.")
    limit, schema_version = given.get("limit"), given.get("schema_version")
    return PullQuery(
        cursor=given.get("cursor", ""),
        limit=(
            read_integer("limit", limit, 1, config.sync.pull_max_limit)
            if limit is not None
            else config.sync.pull_default_limit
        ),
        collections=_collections(given.get("collections")),
        day_views=read_day_views(given.get("day_views", "touched")),
        device_id=device_id,
        schema_version=(
            read_integer("schema_version", schema_version, 0, 2**31 - 1)
            if schema_version is not None
            else OLDEST_SCHEMA_VERSION
        ),
        given=given,
    )


def reject_old_schema(query: PullQuery) -> None:
    """Raise UpgradeRequired for an app whose schema version is no longer served."""
    if query.schema_version < OLDEST_SCHEMA_VERSION:
        raise UpgradeRequired(f"The oldest schema version served is {OLDEST_SCHEMA_VERSION}.")


def pairs_of_body(raw: bytes) -> list[tuple[str, str]]:
    """The `pull` part of a combined request, as the equivalent query parameters.

    Raises MalformedJson or InvalidParameter.
    """
    if len(raw) > MAX_BODY_BYTES:
        raise InvalidParameter(f"The pull part is larger than {MAX_BODY_BYTES} bytes.")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise MalformedJson(f"The pull part is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidParameter("The pull part is a JSON object.")
    return [(name, _text(name, item)) for name, item in value.items() if item is not None]


def _text(name: str, item: object) -> str:
    if isinstance(item, list) and all(isinstance(part, str) for part in item):
        return ",".join(item)
    if isinstance(item, str) or (isinstance(item, int) and not isinstance(item, bool)):
        return str(item)
    raise invalid_parameter(name, "Not of the type that this parameter has.")


def read_day_views(text: str) -> DayViews:
    """`touched`, `none`, or the two ends of `2026-11-01..2026-11-23`."""
    if text == "touched":
        return "touched"
    if text == "none":
        return "none"
    first, dots, last = text.partition("..")
    try:
        if not dots or len(first) != 10 or len(last) != 10:
            raise ValueError
        ends = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    except ValueError:
        raise invalid_parameter(
            "day_views", "Either touched, none or FIRST..LAST (YYYY-MM-DD)."
        ) from None
    if not 0 <= (ends[1] - ends[0]).days < MAX_RANGE_DAYS:
        raise invalid_parameter("day_views", f"A range is 1 to {MAX_RANGE_DAYS} days long.")
    return ends


def _collections(text: str | None) -> tuple[str, ...] | None:
    if not text:
        return None
    names = tuple(sorted(set(text.split(","))))
    for name in names:
        if name not in COLLECTIONS:
            raise invalid_parameter("collections", f"There is no collection named {name!r}.")
    return names
