"""Strong's exports: a line a set, in three dialects.

The iOS app writes commas and no units, the Android app semicolons and units, and both may write
the header in the phone's language. `Set Order` is a number, or W, D, F for warm-up, drop and
failure sets, or names a line that only tells the rest after the set above it.
"""

import datetime

from sync_server.imports.csv_table import Column, Columns, Row, Table
from sync_server.imports.dates import day_comes_first, moment
from sync_server.imports.parsed_file import Head, Log, LoggedSet, Rest, Unreadable, gathered
from sync_server.imports.values import effort, kilograms, metres, number, seconds, span, whole

HEADINGS = {
    "date": ("date", "日期"),
    "workout": ("workout name", "锻炼名称"),
    "duration": ("duration", "workout duration", "时长"),
    "exercise": ("exercise name", "运动名称"),
    "order": ("set order", "设置顺序"),
    "weight": ("weight", "重量"),
    "weight unit": ("weight unit",),
    "reps": ("reps", "次"),
    "distance": ("distance", "距离"),
    "distance unit": ("distance unit",),
    "seconds": ("seconds", "秒"),
    "notes": ("notes", "备注"),
    "workout notes": ("workout notes", "锻炼备注"),
    "rpe": ("rpe",),
}
REQUIRED = ("date", "exercise", "order", "weight", "reps")
IN_ORDER = (
    "date", "workout", "duration", "exercise", "order", "weight", "reps", "distance", "seconds",
    "notes", "workout notes", "rpe",
)  # fmt: skip
KINDS = {"w": "warmup", "d": "drop", "f": "failure"}
REST = "rest timer"
LONGEST = datetime.timedelta(days=1)


def guessed_columns(table: Table) -> Columns | None:
    """The columns of a header in an unknown language, by their order; None when they do not fit."""
    columns = {name: Column(place) for place, name in enumerate(IN_ORDER)}
    first = next(iter(table.rows(columns, 1_000_000)), None)
    if len(table.header) != len(IN_ORDER) or not isinstance(first, Row):
        return None
    try:
        moment(first.text("date"))
        for name in ("weight", "reps", "distance", "seconds", "rpe"):
            number(first.text(name))
    except Unreadable:
        return None
    return columns if _kind(first.text("order")) else None


def read(table: Table, columns: Columns, asked: str | None, most: int) -> Log:
    """The workouts; `asked` is the unit where the file has none. Raises UnitNeeded, TooManyRows."""
    comma = table.decimal_comma
    rows = table.rows(columns, most)
    day_first = day_comes_first(row.text("date") for row in rows if isinstance(row, Row))

    def entry(row: Row) -> tuple[Head, LoggedSet | Rest]:
        date, started_at = moment(row.text("date"), day_first)
        took = span(row.text("duration")) if started_at else None
        head = Head(
            date,
            row.text("workout") or "Workout",
            started_at,
            # A workout of days is one that was never ended: its end is not known.
            started_at + took if started_at and took and took <= LONGEST else None,
            row.text("workout notes"),
        )
        order, lasted = row.text("order"), seconds(row.text("seconds"), decimal_comma=comma)
        reps = whole(row.text("reps"), decimal_comma=comma)
        weight = number(row.text("weight"), decimal_comma=comma)
        kind = _kind(order)
        if kind is None:
            if order.casefold() == REST or (order and lasted and not reps and not weight):
                return head, Rest(lasted)
            raise Unreadable(f"The set order “{order[:40]}” is not known.")
        distance = number(row.text("distance"), decimal_comma=comma)
        return head, LoggedSet(
            line=row.line,
            exercise=row.text("exercise"),
            order=order.upper(),
            kind=kind,
            reps=reps,
            weight_kg=kilograms(weight, row.text("weight unit") or row.unit("weight"), asked),
            duration_s=lasted,
            distance_m=metres(distance, row.text("distance unit") or row.unit("distance"), asked),
            rpe=effort(row.text("rpe"), decimal_comma=comma),
            notes=row.text("notes"),
        )

    return gathered(table.rows(columns, most), entry)


def _kind(order: str) -> str | None:
    if order.isascii() and order.isdigit():
        return "normal"
    return KINDS.get(order.casefold())
