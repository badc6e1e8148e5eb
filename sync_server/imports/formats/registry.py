"""Registry of import formats, and the parser of a file in one of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sync_server.imports.csv_table import CsvColumn, CsvColumns, CsvTable, NotCsv, read_table
from sync_server.imports.formats import body_weight, fitnotes, hevy, strong
from sync_server.imports.parsed_file import ParsedFile


def _always(_: CsvColumns) -> bool:
    return True


def _never(_: CsvTable) -> CsvColumns | None:
    return None


@dataclass(frozen=True, slots=True)
class FileFormat:
    """Column names and row parser of one app's CSV.

    `fits` adds to `required`; `guess` finds the columns below headings of an unknown language.
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
        if all(name in columns for name in self.required) and self.fits(columns):
            return columns
        return self.guess(table)


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
    )
}


def parse_file(
    content: bytes, name: str, default_unit: str | None, max_rows: int
) -> tuple[CsvTable, ParsedFile]:
    """Parse a file; raises NotCsv, UnitRequired, RowLimitExceeded."""
    table = read_table(content)
    columns = FORMATS[name].columns(table)
    if columns is None:
        raise NotCsv(_rejection(table, name))
    return table, FORMATS[name].parse(table, columns, default_unit, max_rows)


def _rejection(table: CsvTable, name: str) -> str:
    headings = ", ".join(table.header)[:200]
    others = [other.name for other in FORMATS.values() if other.columns(table)]
    hint = f" It looks like {' or '.join(others)}." if others else ""
    return f"The columns are not those of {name}: {headings}.{hint}"
