"""Body weights, and other figures of the body: a line a day, or a line a figure.

A column a figure is what scales and spreadsheets write; FitNotes' body tracker names the figure
in a column of its own.
"""

from collections.abc import Callable, Iterator

from sync_server.imports.csv_table import Columns, Row, Table
from sync_server.imports.dates import day_comes_first, moment
from sync_server.imports.parsed_file import Log, Measure, Trouble, Unreadable
from sync_server.imports.values import centimetres, kilograms, number

HEADINGS = {
    "date": ("date", "datetime", "date time", "timestamp", "day", "datum", "fecha", "日期"),
    "time": ("time",),
    "weight": ("weight", "body weight", "bodyweight", "gewicht", "peso", "poids", "体重"),
    "unit": ("unit", "weight unit", "units"),
    "fat": ("body fat", "bodyfat", "fat", "body fat percentage", "fat percentage", "体脂率"),
    "measurement": ("measurement",),
    "value": ("value",),
    "lifted": ("exercise", "exercise name", "exercise title", "reps", "运动名称"),
}
REQUIRED = ("date",)
FIELDS = {
    "weight": "weight_kg", "body weight": "weight_kg", "bodyweight": "weight_kg",
    "body fat": "body_fat_pct", "waist": "waist_cm", "chest": "chest_cm", "hips": "hips_cm",
    "neck": "neck_cm",
}  # fmt: skip
Said = tuple[str, str, str]
"""A field of `body_metrics`, the figure and the unit as they are written."""


def fits(columns: Columns) -> bool:
    """Whether there are figures in one of the two ways, and not those of a workout."""
    figures = "weight" in columns or {"measurement", "value"} <= columns.keys()
    return figures and "lifted" not in columns


def read(table: Table, columns: Columns, asked: str | None, most: int) -> Log:
    """The figures; `asked` is the unit where the file has none. Raises UnitNeeded, TooManyRows.

    A day has one figure of a kind: the latest of the day is taken, of equals the lower line.
    """
    said = _by_row if "measurement" in columns else _by_column
    rows = table.rows(columns, most)
    day_first = day_comes_first(row.text("date") for row in rows if isinstance(row, Row))
    latest: dict[tuple[str, str], Measure] = {}
    troubles: list[Trouble] = []
    for row in table.rows(columns, most):
        try:
            if not isinstance(row, Row):
                raise Unreadable(row.reason)
            found = list(_measures(row, said, day_first, asked, table.decimal_comma))
            if not found:
                raise Unreadable("The line has no figure.")
        except Unreadable as error:
            troubles.append(Trouble(row.line, str(error)))
            continue
        for measure in found:
            key = (measure.date.isoformat(), measure.field)
            kept = latest.setdefault(key, measure)
            if kept is not measure:
                first, latest[key] = sorted((kept, measure), key=_time)
                troubles.append(Trouble(first.line, f"Line {latest[key].line} is of the same day."))
    return Log(measures=tuple(latest.values()), troubles=tuple(troubles))


def _measures(
    row: Row,
    said: Callable[[Row], Iterator[Said]],
    day_first: bool | None,
    asked: str | None,
    comma: bool,
) -> Iterator[Measure]:
    text = row.text("date")
    date, at = moment(f"{text} {row.text('time')}".strip(), day_first)
    for field, figure, unit in said(row):
        value = number(figure, decimal_comma=comma)
        if field == "weight_kg":
            value = kilograms(value, unit, asked)
        elif value is not None and field.endswith("_cm"):
            value = centimetres(value, unit)
        if value is not None:
            yield Measure(row.line, date, at, field, value)


def _by_column(row: Row) -> Iterator[Said]:
    yield "weight_kg", row.text("weight"), row.text("unit") or row.unit("weight")
    yield "body_fat_pct", row.text("fat").rstrip("% "), ""


def _by_row(row: Row) -> Iterator[Said]:
    name = " ".join(row.text("measurement").casefold().split())
    if name not in FIELDS:
        raise Unreadable(f"“{name[:40]}” is not kept.")
    yield FIELDS[name], row.text("value"), row.text("unit") or row.unit("value")


def _time(measure: Measure) -> tuple[str, int]:
    return measure.moment.isoformat() if measure.moment else "", measure.line
