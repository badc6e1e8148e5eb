"""Workout sheets: from lines of text to exercises with their sets."""

import re
from collections.abc import Sequence

from sync_server.ocr.parsing.drafts import Workout
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.layout.rows import Placed, Row, rows, straightened
from sync_server.ocr.parsing.workout.bounds import Unclear
from sync_server.ocr.parsing.workout.columns import Cell, Column, cells_of, columns_of
from sync_server.ocr.parsing.workout.misreads import plain
from sync_server.ocr.parsing.workout.names import (
    Mark,
    clean,
    is_about_the_day,
    is_name,
    is_superset_heading,
    marked,
)  # fmt: skip
from sync_server.ocr.parsing.workout.notation import Notation, read_notation
from sync_server.ocr.parsing.workout.segments import segments, text_of
from sync_server.ocr.parsing.workout.sheet import Found, Supersets, draft
from sync_server.ocr.parsing.workout.tables import FIELDS, sets_of

_POUNDS = re.compile(
    r"(?:\bin|\b(?:units?|weights?|loads?)(?:\s+are)?\s*[:=]?|[(\[]|^\s*)\s*(?:[li]bs?|pounds)\b",
    re.IGNORECASE,
)

_SCHEME = re.compile(r"[^\W\d]{3}.*\d\s*x\s*\d")


def read_workout(lines: Sequence[Line]) -> Workout:
    """The exercises of a sheet; each line is of one of them or in `unread`."""
    placed = straightened(lines)
    reader = _Reader("lb" if any(_POUNDS.search(it.text) for it in placed) else "kg")
    for row in rows(placed):
        reader.read(row)
    done = [found for found in reader.found if found.sets]
    used = {id(piece.line) for found in done for piece in found.pieces}
    numbers = reader.supersets.numbers([found.superset for found in done])
    return Workout(
        tuple(draft(found, numbers.get(found.superset)) for found in done),
        tuple(line for line in lines if id(line) not in used),
    )


class _Reader:
    """What has been read so far, from the top."""

    def __init__(self, unit: str) -> None:
        self.found: list[Found] = []
        self.supersets = Supersets()
        self._unit = unit
        self._columns: list[Column] = []
        self._heading: list[Placed] = []

    def read(self, row: Row) -> None:
        """Read a row: a table's, or a text of its own."""
        columns = columns_of(row, self._unit)
        if columns:
            # `kg, reps` under `Set 1`: the names stay where they were.
            names = [it for it in self._columns if it.kind in ("exercise", "order")]
            named = any(it.kind == "exercise" for it in columns)
            self._columns = columns if named else [*names, *columns]
        elif not self._columns or _is_list(row) or not self._read_cells(row):
            for segment in segments(row, self._unit):
                self._read_text(segment)

    def _read_cells(self, row: Row) -> bool:
        """Take a row as one of the table; False when it is none."""
        cells = cells_of(row, self._columns)
        named = [cell for cell in cells if cell.column.kind == "exercise"]
        has_names = any(it.kind == "exercise" for it in self._columns)
        if not has_names and sum(letter.isalpha() for letter in cells[0].text) >= 3:
            named = cells[:1]
        values = [cell for cell in cells if cell not in named]
        if not named:
            # Under the name of its exercise, a table numbers the sets.
            values = [cell for cell in values if cell.column.kind != "sets"]
        try:
            sets = sets_of(values)
        except (Unclear, ValueError):
            return False
        order = " ".join(cell.text for cell in cells if cell.column.kind == "order")
        name = " ".join(cell.text for cell in named)
        mark, name = marked(f"{order} {name}".strip(), self._following)
        if not sets or (named and not is_name(name)) or not (named or self.found):
            return False
        if named:
            self._begin(name, mark, [cell.piece for cell in named])
        last = self.found[-1]
        last.sets += sets
        for cell in cells:
            if cell not in named:
                last.told(FIELDS.get(cell.column.kind, "sets"), [cell.piece])
        last.notes += [cell.text for cell in _notes(values)]
        if named and len(sets) == 1 and _lacks_count(cells, self._columns):
            last.unsure = list(row)
        return True

    def _read_text(self, pieces: Row) -> None:
        text = text_of(pieces)
        if is_superset_heading(text):
            self.supersets.open(pieces)
            self._heading = list(pieces)
            return
        last = self.found[-1] if self.found else None
        mark, rest = marked(text, self._following)
        read = _notation(rest, self._unit, len(last.sets) + 1 if last else 1)
        if read is None or is_about_the_day(text) or (read.name and not is_name(read.name)):
            self.supersets.close()
        elif read.name:
            self._read_name(read, rest, mark, pieces)
        elif last and read.sets:
            joined = last.pending and _notation(f"{last.pending} {rest}", self._unit, 0)
            last.sets += joined.sets if joined and not last.sets else read.sets
            last.told("sets", pieces)
            last.notes += read.remarks
        elif last and last.take(read.loose, read.remarks):
            last.told("sets", pieces)

    def _read_name(self, read: Notation, text: str, mark: Mark, pieces: Row) -> None:
        last = self.found[-1] if self.found else None
        if not read.sets and last and last.sets and _is_aside(read.name, last.name):
            return
        self._begin(read.name, mark, list(pieces))
        if read.sets:
            self.found[-1].sets += read.sets
            self.found[-1].told("sets", pieces)
        elif read.loose:
            self.found[-1].pending = text
        self.found[-1].notes += read.remarks

    @property
    def _following(self) -> int:
        """The number that the next exercise of a list would have."""
        return sum(bool(found.sets) for found in self.found) + 1

    def _begin(self, name: str, mark: Mark, pieces: Sequence[Placed]) -> None:
        before = self.found[-1] if self.found else None
        superset = self.supersets.of(mark, pieces[0], before)
        self.found.append(Found(clean(name), superset))
        self.found[-1].told("exercise", pieces)
        if superset and self._heading:
            self.found[-1].told("superset", self._heading)
            self._heading = []


def _notation(text: str, unit: str, nth: int) -> Notation | None:
    try:
        return read_notation(text, unit, nth)
    except (Unclear, ValueError):
        return None


def _is_list(row: Row) -> bool:
    """Whether a row in one piece says more than a name and values: `Squat 3x5 100kg`."""
    return len(row) == 1 and bool(_SCHEME.search(plain(row[0].text)))


def _lacks_count(cells: Sequence[Cell], columns: Sequence[Column]) -> bool:
    """Whether nothing was read under `Sets`: an engine overlooks single digits."""
    told = any(cell.column.kind == "sets" for cell in cells)
    return not told and any(column.kind == "sets" for column in columns)


def _notes(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.column.kind == "notes" and cell.text.strip(" -x")]


def _is_aside(text: str, name: str) -> bool:
    """Whether words below the sets are a remark: in small letters, where names are not."""
    return text[:1].islower() and name[:1].isupper()
