"""Body weights and other body measurements: one line per day, or one per measurement.

Scales and spreadsheets write one column per measurement; FitNotes' body tracker names the
measurement in a column of its own.
"""

from collections.abc import Callable, Iterator

from sync_server.imports.csv_table import CsvColumns, CsvRow, CsvTable
from sync_server.imports.dates import is_day_first, parse_moment
from sync_server.imports.parsed_file import BodyMeasurement, InvalidLine, LineError, ParsedFile
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
Figure = tuple[str, str, str]
"""Field of `body_metrics`, value and unit in the notation of the file."""


def fits(columns: CsvColumns) -> bool:
    """True if the columns hold body measurements in one of the two layouts, and no workout."""
    figures = "weight" in columns or {"measurement", "value"} <= columns.keys()
    return figures and "lifted" not in columns


def parse(
    table: CsvTable, columns: CsvColumns, default_unit: str | None, max_rows: int
) -> ParsedFile:
    """Measurements of the file, the latest of each day. Raises UnitRequired, RowLimitExceeded."""
    figures_of = _by_row if "measurement" in columns else _by_column
    rows = table.rows(columns, max_rows)
    day_first = is_day_first(row.text("date") for row in rows if isinstance(row, CsvRow))
    latest: dict[tuple[str, str], BodyMeasurement] = {}
    errors: list[LineError] = []
    for row in table.rows(columns, max_rows):
        try:
            if not isinstance(row, CsvRow):
                raise InvalidLine(row.reason)
            measurements = list(
                _measurements(row, figures_of, day_first, default_unit, table.decimal_comma)
            )
            if not measurements:
                raise InvalidLine("The line has no measurement.")
        except InvalidLine as error:
            errors.append(LineError(row.line, str(error)))
            continue
        for measurement in measurements:
            key = (measurement.date.isoformat(), measurement.field)
            stored = latest.setdefault(key, measurement)
            if stored is not measurement:
                first, latest[key] = sorted((stored, measurement), key=_time)
                errors.append(LineError(first.line, f"Line {latest[key].line} is of the same day."))
    return ParsedFile(measurements=tuple(latest.values()), errors=tuple(errors))


def _measurements(
    row: CsvRow,
    figures_of: Callable[[CsvRow], Iterator[Figure]],
    day_first: bool | None,
    default_unit: str | None,
    decimal_comma: bool,
) -> Iterator[BodyMeasurement]:
    text = row.text("date")
    date, at = parse_moment(f"{text} {row.text('time')}".strip(), day_first)
    for field, figure, unit in figures_of(row):
        value = number(figure, decimal_comma=decimal_comma)
        if field == "weight_kg":
            value = kilograms(value, unit, default_unit)
        elif value is not None and field.endswith("_cm"):
            value = centimetres(value, unit)
        if value is not None:
            yield BodyMeasurement(row.line, date, at, field, value)


def _by_column(row: CsvRow) -> Iterator[Figure]:
    yield "weight_kg", row.text("weight"), row.text("unit") or row.unit("weight")
    yield "body_fat_pct", row.text("fat").rstrip("% "), ""


def _by_row(row: CsvRow) -> Iterator[Figure]:
    name = " ".join(row.text("measurement").casefold().split())
    if name not in FIELDS:
        raise InvalidLine(f"“{name[:40]}” is no stored measurement.")
    yield FIELDS[name], row.text("value"), row.text("unit") or row.unit("value")


def _time(measurement: BodyMeasurement) -> tuple[str, int]:
    return measurement.at.isoformat() if measurement.at else "", measurement.line
