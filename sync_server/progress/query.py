"""What a progress route is asked for, read from query parameters."""

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
MOST_DAYS = 3 * 365 + 1

METRICS = tuple(
    name for name in COLLECTIONS["body_metrics"].fields if name not in ("date", "notes")
)


@dataclass(frozen=True, slots=True)
class Question:
    """The parameters of a progress route; those that were not given are None or the default."""

    first: datetime.date | None = None
    last: datetime.date | None = None
    bucket: Bucket = "day"
    by: Grouping = "total"
    formula: Formula = "epley"
    exercise_id: str | None = None
    metrics: Sequence[str] = METRICS


def read_question(pairs: Iterable[tuple[str, str]], *names: str) -> Question:
    """Check the parameters: `from`, `to`, `bucket` and `names`; raises InvalidParameter."""
    given = read_parameters(pairs, ("from", "to", "bucket", *names))
    first, last = (
        read_day(name, given[name]) if name in given else None for name in ("from", "to")
    )
    if first and last and first > last:
        raise invalid_parameter("from", "Later than to.")
    exercise_id = given.get("exercise_id")
    if exercise_id is not None and not is_uuid(exercise_id):
        raise invalid_parameter("exercise_id", "Not a UUID in canonical lower-case text.")
    return Question(
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


def recent(question: Question, newest: datetime.date | None, week_start: int) -> Window:
    """The window of a chart: without `to` up to the newest day, without `from` DEFAULT_DAYS long.

    Raises InvalidParameter when it is longer than MOST_DAYS.
    """
    window = history(question, newest, week_start)
    if window.last is None:
        return window
    first = window.first or earlier(window.last, DEFAULT_DAYS - 1)
    if (window.last - first).days >= MOST_DAYS:
        raise invalid_parameter("from", f"More than {MOST_DAYS} days before {window.last}.")
    return Window(first, window.last, window.bucket, week_start)


def history(question: Question, newest: datetime.date | None, week_start: int) -> Window:
    """The window of what is looked for in a whole life: without `from` from its beginning on."""
    last = question.last or newest
    if question.first and not question.last:
        last = max(question.first, last or question.first)
    return Window(question.first, last, question.bucket, week_start)
