"""Registry of import formats, and the parser of a file in one of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sync_server.imports.csv_table import (
    NO_TABLE,
    CsvColumn,
    CsvColumns,
    CsvTable,
    NotCsv,
    read_table,
)
from sync_server.imports.formats import (
    body_weight,
    cronometer,
    fatsecret,
    fitbod,
    fitnotes,
    garmin,
    hevy,
    jefit,
    loseit,
    macrofactor,
    myfitnesspal,
    own_export,
    samsung_health,
    strengthlog,
    strong,
    yazio,
)
from sync_server.imports.formats.activity_files import (
    ACTIVITY_FORMATS,
    inflate,
    parse_activities,
)
from sync_server.imports.parsed_file import ParsedFile


class UnknownFormat(Exception):
    """The file fits no format, or more than one; the text is the reason."""


def _always(_: CsvColumns) -> bool:
    return True


def _never(_: CsvTable) -> CsvColumns | None:
    return None


@dataclass(frozen=True, slots=True)
class FileFormat:
    """Column names and row parser of one app's CSV.

    `fits` adds to `required`. `guess` finds the columns below headings of an unknown language, and
    recognizes files without a single header, which have no `required` columns.
    """

    name: str
    headings: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    parse: Callable[[CsvTable, CsvColumns, str | None, int], ParsedFile]
    fits: Callable[[CsvColumns], bool] = _always
    guess: Callable[[CsvTable], CsvColumns | None] = _never

    def columns(self, table: CsvTable) -> CsvColumns | None:
        """Columns by field, or None for another format."""
        by_heading = table.columns
        columns: dict[str, CsvColumn] = {}
        for field, names in self.headings.items():
            column = next((by_heading[name] for name in names if name in by_heading), None)
            if column is not None:
                columns[field] = column
        if self._has_all(columns) and self.fits(columns):
            return columns
        return self.guess(table)

    def _has_all(self, columns: CsvColumns) -> bool:
        return bool(self.required) and all(name in columns for name in self.required)


FORMATS: Mapping[str, FileFormat] = {
    format.name: format
    for format in (
        FileFormat(
            "strong", strong.HEADINGS, strong.REQUIRED, strong.parse, guess=strong.guess_columns
        ),
        FileFormat("hevy", hevy.HEADINGS, hevy.REQUIRED, hevy.parse),
        FileFormat("fitnotes", fitnotes.HEADINGS, fitnotes.REQUIRED, fitnotes.parse),
        FileFormat(
            "body_weight",
            body_weight.HEADINGS,
            body_weight.REQUIRED,
            body_weight.parse,
            fits=body_weight.fits,
        ),
        FileFormat("fitbod", fitbod.HEADINGS, fitbod.REQUIRED, fitbod.parse),
        FileFormat("garmin", garmin.HEADINGS, garmin.REQUIRED, garmin.parse),
        FileFormat("jefit", {}, (), jefit.parse, guess=jefit.guess_columns),
        FileFormat("strengthlog", {}, (), strengthlog.parse, guess=strengthlog.guess_columns),
        FileFormat(
            "myfitnesspal",
            myfitnesspal.HEADINGS,
            myfitnesspal.REQUIRED,
            myfitnesspal.parse,
            fits=myfitnesspal.fits,
        ),
        FileFormat(
            "cronometer",
            cronometer.HEADINGS,
            cronometer.REQUIRED,
            cronometer.parse,
            fits=cronometer.fits,
        ),
        FileFormat("macrofactor", macrofactor.HEADINGS, macrofactor.REQUIRED, macrofactor.parse),
        FileFormat("loseit", loseit.HEADINGS, loseit.REQUIRED, loseit.parse),
        FileFormat("yazio", yazio.HEADINGS, yazio.REQUIRED, yazio.parse),
        FileFormat("fatsecret", {}, (), fatsecret.parse, guess=fatsecret.guess_columns),
        FileFormat(
            "samsung_health",
            samsung_health.HEADINGS,
            samsung_health.REQUIRED,
            samsung_health.parse,
        ),
    )
}


FORMAT_NAMES = (*FORMATS, *ACTIVITY_FORMATS, own_export.NAME)


def parse_file(
    content: bytes, name: str | None, default_unit: str | None, max_rows: int
) -> tuple[CsvTable, str, ParsedFile]:
    """Table, name of the format, and parsed values of a file; without a name it is recognized.

    Raises NotCsv, UnknownFormat, UnitRequired, RowLimitExceeded.
    """
    content = inflate(content)
    if own_export.recognizes(content) and name in (None, own_export.NAME):
        table, parsed = own_export.parse(content, max_rows)
        return table, own_export.NAME, parsed
    if name == own_export.NAME:
        raise NotCsv("The first line is not the header of an export.")
    activities = parse_activities(content, name)
    if activities is not None:
        return NO_TABLE, *activities
    table = read_table(content)
    if name is None:
        name = _recognize(table)
    columns = FORMATS[name].columns(table)
    if columns is None:
        raise NotCsv(_rejection(table, name))
    return table, name, FORMATS[name].parse(table, columns, default_unit, max_rows)


def recognized(table: CsvTable) -> list[str]:
    """Names of the formats that a table fits."""
    return [format.name for format in FORMATS.values() if format.columns(table) is not None]


def _recognize(table: CsvTable) -> str:
    names = recognized(table)
    if len(names) == 1:
        return names[0]
    headings = ", ".join(table.header)[:200]
    if names:
        raise UnknownFormat(f"It could be {' or '.join(names)}; name the format.")
    raise UnknownFormat(
        f"The columns are those of no known format: {headings}. "
        f"Known formats: {', '.join(FORMAT_NAMES)}."
    )


def _rejection(table: CsvTable, name: str) -> str:
    headings = ", ".join(table.header)[:200]
    others = recognized(table)
    hint = f" It looks like {' or '.join(others)}." if others else ""
    return f"The columns are not those of {name}: {headings}.{hint}"
