"""Progress queries, parsed from query parameters."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from schema import COLLECTIONS
from schema.ids import is_uuid
from sync_server.progress.periods import Bucket, Window, earlier
from sync_server.progress.records import Formula
from sync_server.progress.volume import Grouping
from sync_server.web.query import invalid_parameter, read_choice, read_day, read_parameters

DEFAULT_DAYS = 90
MAX_DAYS = 3 * 365 + 1

METRICS = tuple(
    name for name in COLLECTIONS["body_metrics"].fields if name not in ("date", "notes", "readings")
)


@dataclass(frozen=True, slots=True)
class ProgressQuery:
    """Parameters of a progress route; absent ones are None or the default."""

    first: datetime.date | None = None
    last: datetime.date | None = None
    bucket: Bucket = "day"
    by: Grouping = "total"
    formula: Formula = "epley"
    exercise_id: str | None = None
    metrics: Sequence[str] = METRICS


def read_progress_query(pairs: Iterable[tuple[str, str]], *names: str) -> ProgressQuery:
    """Progress query from `from`, `to`, `bucket` and `names`; raises InvalidParameter."""
    given = read_parameters(pairs, ("from", "to", "bucket", *names))
    first, last = (
        read_day(name, given[name]) if name in given else None for name in ("from", "to")
    )
    if first and last and first > last:
        raise invalid_parameter("from", "Later than to.")
    exercise_id = given.get("exercise_id")
    if exercise_id is not None and not is_uuid(exercise_id):
        raise invalid_parameter("exercise_id", "Not a UUID in canonical lower-case text.")
    return ProgressQuery(
        first,
        last,
        read_choice(given, "bucket", get_args(Bucket)),
        read_choice(given, "by", get_args(Grouping)),
        read_choice(given, "formula", get_args(Formula)),
        exercise_id,
        _metrics(given),
    )


def _metrics(given: Mapping[str, str]) -> Sequence[str]:
    if "metric" not in given:
        return METRICS
    names = list(dict.fromkeys(given["metric"].split(",")))
    for name in names:
        if name not in METRICS:
            raise invalid_parameter("metric", f"Some of {', '.join(METRICS)}, with commas between.")
    return names


def recent(query: ProgressQuery, newest: datetime.date | None, week_start: int) -> Window:
    """Window of a chart: without `to` up to the newest day, without `from` DEFAULT_DAYS long.

    Raises InvalidParameter when it is longer than MAX_DAYS.
    """
    window = history(query, newest, week_start)
    if window.last is None:
        return window
    first = window.first or earlier(window.last, DEFAULT_DAYS - 1)
    if (window.last - first).days >= MAX_DAYS:
        raise invalid_parameter("from", f"More than {MAX_DAYS} days before {window.last}.")
    return Window(first, window.last, window.bucket, week_start)


def history(query: ProgressQuery, newest: datetime.date | None, week_start: int) -> Window:
    """Window of the complete history: without `from`, from its first day."""
    last = query.last or newest
    if query.first and not query.last:
        last = max(query.first, last or query.first)
    return Window(query.first, last, query.bucket, week_start)
