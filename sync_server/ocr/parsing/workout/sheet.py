"""Workout sheet parser: from lines of text to exercises with their sets."""

import re
from collections.abc import Sequence

from sync_server.ocr.parsing.drafts import WorkoutDraft
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.layout.rows import Row, TextBox, deskew, group_rows
from sync_server.ocr.parsing.workout.bounds import AmbiguousText
from sync_server.ocr.parsing.workout.columns import Cell, SheetColumn, cells_of, columns_of
from sync_server.ocr.parsing.workout.exercise_builder import ExerciseBuilder, Supersets, build_draft
from sync_server.ocr.parsing.workout.misreads import normalize
from sync_server.ocr.parsing.workout.names import (
    Mark,
    clean,
    is_day_fact,
    is_name,
    is_superset_heading,
    split_mark,
)  # fmt: skip
from sync_server.ocr.parsing.workout.notation import Notation, parse_notation
from sync_server.ocr.parsing.workout.segments import segments, text_of
from sync_server.ocr.parsing.workout.tables import FIELDS, is_noted, sets_of

_POUNDS = re.compile(
    r"(?:\bin|\b(?:units?|weights?|loads?)(?:\s+are)?\s*[:=]?|[(\[]|^\s*)\s*(?:[li]bs?|pounds)\b",
    re.IGNORECASE,
)

_SCHEME = re.compile(r"[^\W\d]{3}.*\d\s*x\s*\d")


def parse_workout(lines: Sequence[Line]) -> WorkoutDraft:
    """Parse a sheet; each line is part of an exercise or in `unread`."""
    placed = deskew(lines)
    parser = _SheetParser("lb" if any(_POUNDS.search(box.text) for box in placed) else "kg")
    for row in group_rows(placed):
        parser.read(row)
    done = [builder for builder in parser.exercises if builder.sets]
    used = {id(piece.line) for builder in done for piece in builder.pieces}
    numbers = parser.supersets.numbers([builder.superset for builder in done])
    return WorkoutDraft(
        tuple(build_draft(builder, numbers.get(builder.superset)) for builder in done),
        tuple(line for line in lines if id(line) not in used),
    )


class _SheetParser:
    """Parser state of a sheet: exercises so far, the open table and superset."""

    def __init__(self, unit: str) -> None:
        self.exercises: list[ExerciseBuilder] = []
        self.supersets = Supersets()
        self._unit = unit
        self._columns: list[SheetColumn] = []
        self._heading: list[TextBox] = []

    def read(self, row: Row) -> None:
        """Parse a row: a heading row, a table row or free text."""
        columns = columns_of(row, self._unit)
        if columns:
            # `kg, reps` under `Set 1`: the name columns stay.
            names = [box for box in self._columns if box.kind in ("exercise", "order")]
            named = any(box.kind == "exercise" for box in columns)
            self._columns = columns if named else [*names, *columns]
        elif not self._columns or _is_list(row) or not self._read_cells(row):
            for segment in segments(row, self._unit):
                self._read_text(segment)

    def _read_cells(self, row: Row) -> bool:
        """Parse a table row; False if it is none."""
        cells = cells_of(row, self._columns)
        named = [cell for cell in cells if cell.column.kind == "exercise"]
        has_names = any(box.kind == "exercise" for box in self._columns)
        if not has_names and sum(letter.isalpha() for letter in cells[0].text) >= 3:
            named = cells[:1]
        values = [cell for cell in cells if cell not in named]
        if not named:
            # Below an exercise name, the column numbers the sets.
            values = [cell for cell in values if cell.column.kind != "sets"]
        try:
            sets = sets_of(values)
        except (AmbiguousText, ValueError):
            return False
        order = " ".join(cell.text for cell in cells if cell.column.kind == "order")
        name = " ".join(cell.text for cell in named)
        mark, name = split_mark(f"{order} {name}".strip(), self._following)
        if not sets or (named and not is_name(name)) or not (named or self.exercises):
            return False
        if named:
            self._initialize(name, mark, [cell.piece for cell in named])
        last = self.exercises[-1]
        last.sets += sets
        for cell in cells:
            if cell not in named:
                last.add_source(FIELDS.get(cell.column.kind, "sets"), [cell.piece])
        last.notes += [cell.text for cell in values if is_noted(cell)]
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
        last = self.exercises[-1] if self.exercises else None
        mark, rest = split_mark(text, self._following)
        read = _notation(rest, self._unit, len(last.sets) + 1 if last else 1)
        if read is None or is_day_fact(text) or (read.name and not is_name(read.name)):
            self.supersets.close()
        elif read.name:
            self._read_name(read, rest, mark, pieces)
        elif last and read.sets:
            joined = last.pending and _notation(f"{last.pending} {rest}", self._unit, 0)
            last.sets += joined.sets if joined and not last.sets else read.sets
            last.add_source("sets", pieces)
            last.notes += read.remarks
        elif last and last.apply_loose(read.loose, read.remarks):
            last.add_source("sets", pieces)

    def _read_name(self, read: Notation, text: str, mark: Mark, pieces: Row) -> None:
        last = self.exercises[-1] if self.exercises else None
        if not read.sets and last and last.sets and _is_aside(read.name, last.name):
            return
        self._initialize(read.name, mark, list(pieces))
        if read.sets:
            self.exercises[-1].sets += read.sets
            self.exercises[-1].add_source("sets", pieces)
        elif read.loose:
            self.exercises[-1].pending = text
        self.exercises[-1].notes += read.remarks

    @property
    def _following(self) -> int:
        """Expected number of the next exercise in a list."""
        return sum(bool(exercise.sets) for exercise in self.exercises) + 1

    def _initialize(self, name: str, mark: Mark, pieces: Sequence[TextBox]) -> None:
        before = self.exercises[-1] if self.exercises else None
        superset = self.supersets.of(mark, pieces[0], before)
        self.exercises.append(ExerciseBuilder(clean(name), superset))
        self.exercises[-1].add_source("exercise", pieces)
        if superset and self._heading:
            self.exercises[-1].add_source("superset", self._heading)
            self._heading = []


def _notation(text: str, unit: str, nth: int) -> Notation | None:
    try:
        return parse_notation(text, unit, nth)
    except (AmbiguousText, ValueError):
        return None


def _is_list(row: Row) -> bool:
    """True if a row in one box is a scheme, not a name and values: `Squat 3x5 100kg`."""
    return len(row) == 1 and bool(_SCHEME.search(normalize(row[0].text)))


def _lacks_count(cells: Sequence[Cell], columns: Sequence[SheetColumn]) -> bool:
    """True if no cell is under `Sets`: engines overlook single digits."""
    has_count = any(cell.column.kind == "sets" for cell in cells)
    return not has_count and any(column.kind == "sets" for column in columns)


def _notes(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.column.kind == "notes" and cell.text.strip(" -x")]


def _is_aside(text: str, name: str) -> bool:
    """True if words below the sets are a remark: lower case, unlike the names."""
    return text[:1].islower() and name[:1].isupper()
