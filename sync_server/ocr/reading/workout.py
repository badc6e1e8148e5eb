"""Workout sheets: from lines of text to exercises with their sets."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sync_server.ocr.reading.drafts import ExerciseDraft, Seen, SetDraft, Workout
from sync_server.ocr.reading.lines import Box, Line
from sync_server.ocr.reading.notation import Notation, Unclear, made, read_notation
from sync_server.ocr.reading.rows import Placed, Row, rows, straightened
from sync_server.ocr.reading.tables import Column, cells_of, columns_of, sets_of

MOST_NAME = 200
# `A1)`, `B2.`, `1.`, `-`: what stands before a name in a list.
_MARK = re.compile(
    r"^\s*(?:(?P<letter>[A-H])(?P<place>\d)\s*[.):\-]*\s*(?=\D)"
    r"|\d{1,2}\s*[.)]\s*(?=\D)|[A-H][.)]\s+|[-–•*·▪◦☐□]\s*)"
)
_JOINED = re.compile(r"^\s*(?:ss\b|superset(?:\s+with)?\b|w/|\+|&|⎣|⎡|\[)\s*[:.)]?\s*(?=\S)", re.I)
_SUPERSET = re.compile(r"^\s*(?:super|giant|tri)-?\s?sets?\b[\s\d:A-Z.)-]*$", re.IGNORECASE)
_HEAD = re.compile(
    r"^\s*(?:day|tag|week|woche|jour|día|date|datum|workout|session|name|mon|tue|wed|thu|fri|sat|sun"
    r"|push|pull|legs?|upper|lower|full body)\b.*(?:day|\d|:|[A-C])?\s*$",
    re.IGNORECASE,
)
_DATE = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b")
_POUNDS = re.compile(r"\b(?:weights?|all)?\s*(?:in|\()\s*(?:lbs?|pounds)\b", re.IGNORECASE)


@dataclass(slots=True)
class _Found:
    """An exercise in the making."""

    name: str
    named: list[Placed]
    sets: list[SetDraft] = field(default_factory=list)
    told: list[Placed] = field(default_factory=list)
    superset: str | None = None


def read_workout(lines: Sequence[Line]) -> Workout:
    """The exercises of a sheet, each line in one of them or in `unread`."""
    placed = straightened(lines)
    sheet = _Sheet("lb" if any(_POUNDS.search(it.text) for it in placed) else "kg")
    for row in rows(placed):
        sheet.read(row)
    done = [found for found in sheet.found if found.sets]
    used = {id(it.line) for found in done for it in (*found.named, *found.told)} | sheet.heads
    numbers = _numbers(done)
    return Workout(
        tuple(_draft(found, numbers.get(found.superset or "")) for found in done),
        tuple(line for line in lines if id(line) not in used),
    )


class _Sheet:
    """What has been read so far, from the top."""

    def __init__(self, unit: str) -> None:
        self.found: list[_Found] = []
        self.heads: set[int] = set()
        self._unit = unit
        self._columns: list[Column] = []
        self._superset: str | None = None

    def read(self, row: Row) -> None:
        """Read a row: a table's, or a text of its own."""
        columns = columns_of(row, self._unit)
        if columns:
            under = self._columns and not any(it.kind == "exercise" for it in columns)
            exercise = [it for it in self._columns if it.kind == "exercise"] if under else []
            self._columns = [*exercise, *columns]
            self.heads |= {id(piece.line) for piece in row}
        elif not self._columns or not self._read_table(row):
            self._read_text(row)

    def _read_table(self, row: Row) -> bool:
        """Take a row as one of the table; False when it is none."""
        cells = cells_of(row, self._columns)
        first = cells[0][1]
        has_names = any(column.kind == "exercise" for column in self._columns)
        named = [piece for column, piece in cells if column.kind == "exercise"]
        if not has_names and _letters(first.text) >= 3:
            named = [first]
            cells = [cell for cell in cells if cell[1] is not first]
        values = [cell for cell in cells if cell[1] not in named]
        if not named:
            # Under the name of its exercise, a table numbers the sets.
            values = [cell for cell in values if cell[0].kind != "sets"]
        try:
            sets = sets_of(values)
        except (Unclear, ValueError):
            return False
        if not sets:
            return False
        if named:
            self._begin(" ".join(it.text for it in named), named)
        if not self.found:
            return False
        self.found[-1].sets += sets
        self.found[-1].told += [piece for piece in row if piece not in named]
        return True

    def _read_text(self, row: Row) -> None:
        text = " ".join(piece.text for piece in row)
        if _SUPERSET.match(text):
            self._superset = text
            self.heads |= {id(piece.line) for piece in row}
            return
        mark, rest = _mark(text)
        notation = _read(rest, self._unit)
        if notation is None or (_DATE.search(text) and not notation.sets):
            self._superset = None
            return
        name = max(notation.words, key=len, default="")
        if len(notation.words) > 1 and not _one_name(rest, notation):
            return
        pieces = list(row)
        if notation.sets and name:
            self._begin(name, pieces, mark)
            self.found[-1].sets += notation.sets
            self.found[-1].told += pieces
        elif (notation.sets or notation.loose) and not name and self.found:
            self._go_on(notation, pieces)
        elif name and not notation.sets:
            self._begin(name, pieces, mark)
            if _HEAD.match(text) or (text.endswith(":") and not mark):
                self._superset = None

    def _begin(self, name: str, pieces: list[Placed], mark: str | None = None) -> None:
        """A new exercise; `mark` names the superset that it says to be of."""
        superset = mark or self._superset
        if mark == "+" and self.found:
            before = self.found[-1]
            before.superset = before.superset or f"with {len(self.found)}"
            superset = before.superset
        clean = _mark(name)[1].strip(" .:-–—•*")[:MOST_NAME]
        self.found.append(_Found(clean, pieces, superset=superset))

    def _go_on(self, notation: Notation, pieces: list[Placed]) -> None:
        """More of the exercise above: further sets, or something about those there are."""
        last = self.found[-1]
        if notation.sets:
            last.sets += notation.sets
        else:
            last.sets = [_with(one, notation) for one in last.sets]
        last.told += pieces


def _read(text: str, unit: str) -> Notation | None:
    try:
        return read_notation(text, unit)
    except (Unclear, ValueError):
        return None


def _with(one: SetDraft, notation: Notation) -> SetDraft:
    """The set with what was said below it, where it says nothing of its own."""
    fields = {name: getattr(one, name) for name in SetDraft.__slots__}
    said = {name: value for name, value in notation.loose.items() if name in fields}
    try:
        return made({**said, **{k: v for k, v in fields.items() if v is not None}})
    except Unclear:
        return one


def _mark(text: str) -> tuple[str | None, str]:
    """What a list's mark says of supersets, and the text behind it."""
    joined = _JOINED.match(text)
    if joined:
        return "+", _mark(text[joined.end() :])[1]
    found = _MARK.match(text)
    if not found:
        return None, text
    return found["letter"], text[found.end() :]


def _one_name(text: str, notation: Notation) -> bool:
    """Whether further words are remarks: behind the sets, and not longer than a few letters."""
    first = notation.words[0]
    behind = [word for word in notation.words[1:] if text.find(word) > text.find(first)]
    return all(len(word) <= len(first) for word in behind)


def _numbers(found: Iterable[_Found]) -> dict[str, int]:
    """A number for each superset that more than one exercise is of, from 1."""
    names = [it.superset for it in found if it.superset and it.superset != "+"]
    shared = dict.fromkeys(name for name in names if names.count(name) > 1)
    return {name: number for number, name in enumerate(shared, 1)}


def _draft(found: _Found, superset: int | None) -> ExerciseDraft:
    seen = {"exercise": _seen(found.named), "sets": _seen(found.told or found.named)}
    return ExerciseDraft(found.name, seen, tuple(found.sets), superset)


def _seen(pieces: Sequence[Placed]) -> Seen:
    boxes: list[Box] = [piece.line.box for piece in pieces]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    around = min(lefts), min(tops), max(rights), max(bottoms)
    return Seen(min(piece.line.score for piece in pieces), around)


def _letters(text: str) -> int:
    return sum(letter.isalpha() for letter in text)
