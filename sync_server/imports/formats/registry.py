"""The formats that are read, and the way from a file's bytes to what it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sync_server.imports.csv_table import Column, Columns, NoTable, Table, read_table
from sync_server.imports.formats import body_weight, fitnotes, hevy, strong
from sync_server.imports.parsed_file import Log


def _always(_: Columns) -> bool:
    return True


def _never(_: Table) -> Columns | None:
    return None


@dataclass(frozen=True, slots=True)
class Format:
    """An app's way to write: the headings it uses for what, and how rows below them are read.

    `fits` adds to `required`; `guess` finds the columns below headings of no known language.
    """

    name: str
    headings: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    read: Callable[[Table, Columns, str | None, int], Log]
    fits: Callable[[Columns], bool] = _always
    guess: Callable[[Table], Columns | None] = _never

    def columns(self, table: Table) -> Columns | None:
        """The columns by what they mean, or None when this is another kind of table."""
        headed = table.columns
        found: dict[str, Column] = {}
        for meaning, names in self.headings.items():
            place = next((headed[name] for name in names if name in headed), None)
            if place is not None:
                found[meaning] = place
        if all(name in found for name in self.required) and self.fits(found):
            return found
        return self.guess(table)


FORMATS: Mapping[str, Format] = {
    one.name: one
    for one in (
        Format(
            "strong", strong.HEADINGS, strong.REQUIRED, strong.read, guess=strong.guessed_columns
        ),
        Format("hevy", hevy.HEADINGS, hevy.REQUIRED, hevy.read),
        Format("fitnotes", fitnotes.HEADINGS, fitnotes.REQUIRED, fitnotes.read),
        Format(
            "body_weight",
            body_weight.HEADINGS,
            body_weight.REQUIRED,
            body_weight.read,
            fits=body_weight.fits,
        ),
    )
}


def read_file(content: bytes, name: str, asked: str | None, most: int) -> tuple[Table, Log]:
    """The table and what it says; raises NoTable, UnitNeeded, TooManyRows."""
    table = read_table(content)
    columns = FORMATS[name].columns(table)
    if columns is None:
        raise NoTable(_complaint(table, name))
    return table, FORMATS[name].read(table, columns, asked, most)


def _complaint(table: Table, name: str) -> str:
    headings = ", ".join(table.header)[:200]
    others = [other.name for other in FORMATS.values() if other.columns(table)]
    hint = f" It looks like {' or '.join(others)}." if others else ""
    return f"The columns are not those of {name}: {headings}.{hint}"
