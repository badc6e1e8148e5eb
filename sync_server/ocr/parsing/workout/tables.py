"""Table rows of workout sheets: from cells to sets."""

import re
from collections.abc import Iterable, Sequence

from sync_server.ocr.parsing.drafts import SetDraft
from sync_server.ocr.parsing.workout.bounds import (
    AmbiguousText,
    Fields,
    build_set,
    build_sets,
    set_fields,
)
from sync_server.ocr.parsing.workout.columns import Cell, SheetColumn
from sync_server.ocr.parsing.workout.misreads import normalize
from sync_server.ocr.parsing.workout.notation import parse_notation
from sync_server.ocr.parsing.workout.quantities import kilograms, metres, seconds

FIELDS = {
    "reps": "reps", "weight": "weight_kg", "rpe": "rpe", "rir": "rir", "rest": "rest_s",
    "time": "duration_s", "distance": "distance_m",
}  # fmt: skip
"""Field of a set for each kind of column."""
REQUIRED_FIELDS = frozenset({"reps", "reps_min", "duration_s", "distance_m"})
"""Required fields, one of them, of a set that is not to failure."""

_NONE = frozenset({"-", "x", "n/a", "/", ""})
_NUMBER = re.compile(r"@?\s*(\d+(?:\.\d+)?)")
_LISTED = re.compile(r"\d+(?:\.\d+)?(?:\s*[/,-]\s*\d+(?:\.\d+)?)*")
_MAX = re.compile(r"max(?:imum)?|failure", re.IGNORECASE)
_RANGE = re.compile(r"(\d+)\s*-\s*(\d+)")
_LOAD_AND_REPS = re.compile(r"(\d+(?:\.\d+)?)\s*(kg|lbs?)?\s*[/|-]\s*(\d+)", re.IGNORECASE)


_SIDE = re.compile(
    r"\s*(?:(?:/|per\b|je\b|each\b)\s*(?:sides?|arms?|[l1I|]?egs?|hands?|seite|bein)"
    r"|(?:each|ea\.?|e/s))$",
    re.IGNORECASE,
)
_PAIR = re.compile(r"2\s*x\s*(?P<each>\d+(?:\.\d+)?\s*(?:kg|[li]bs?)?)", re.IGNORECASE)
_PLUS = re.compile(r"(\d{1,3})\s*\+")


def is_noted(cell: Cell) -> bool:
    """True for repetitions of each side, or a weight in each hand: notes that the sets lack."""
    text = normalize(cell.text).strip()
    if cell.column.kind == "weight":
        return bool(_PAIR.fullmatch(text))
    return cell.column.kind == "reps" and bool(_SIDE.search(text))


def sets_of(cells: Iterable[Cell]) -> tuple[SetDraft, ...]:
    """Sets of a table row; raises Unclear."""
    count, shared_fields, sets = 0, Fields(), list[Fields]()
    for cell in cells:
        column, text = cell.column, normalize(cell.text).strip()
        if text.casefold() in _NONE or column.kind in ("notes", "exercise", "order"):
            continue
        if column.kind == "set":
            sets += [set_fields(draft) for draft in _set(text, column.unit)]
        elif column.kind == "sets" and text.isdigit():
            count = int(text)
        elif column.kind in ("rpe", "rir", "rest", "time", "distance"):
            shared_fields |= _measure(column, text)
        else:
            _join(sets, [set_fields(draft) for draft in _value(column, text)])
    if not sets and shared_fields.keys() & {"duration_s", "distance_m"}:
        sets = [Fields()]
    if len(sets) == 1 and count:
        sets = [dict(sets[0]) for _ in range(min(count, 100))]
    if count and len(sets) not in (0, count):
        raise AmbiguousText
    drafts = build_sets([shared_fields | fields for fields in sets])
    if any(
        draft.kind != "failure" and not set_fields(draft).keys() & REQUIRED_FIELDS
        for draft in drafts
    ):
        raise AmbiguousText  # a weight alone is no set
    return drafts


def _value(column: SheetColumn, text: str) -> tuple[SetDraft, ...]:
    """Sets of a cell under `reps`, `weight` or `sets`: a number, a list, or a notation."""
    if column.kind == "reps":
        text = _SIDE.sub("", text)
    if column.kind == "weight" and (pair := _PAIR.fullmatch(text)):
        text = pair["each"]
    numbers = re.findall(r"\d+(?:\.\d+)?", text)
    if column.kind == "reps" and (plus := _PLUS.fullmatch(text)):
        return (SetDraft(kind="failure", reps_min=int(plus[1])),)
    span = _RANGE.fullmatch(text)
    if column.kind == "reps" and span:
        lower, upper = sorted((int(span[1]), int(span[2])))
        return (SetDraft(reps_min=lower, reps_max=upper),)
    if column.kind == "reps" and _MAX.fullmatch(text):
        return (SetDraft(kind="failure"),)
    if column.kind == "weight" and span:
        raise AmbiguousText  # a range of weights names no weight
    if column.kind == "weight" and _LISTED.fullmatch(text):
        return tuple(SetDraft(weight_kg=kilograms(box, "", column.unit)) for box in numbers)
    if column.kind == "reps" and _LISTED.fullmatch(text) and "." not in text:
        return tuple(SetDraft(reps=int(number)) for number in numbers)
    return _notation(text, column.unit)


def _set(text: str, unit: str) -> tuple[SetDraft, ...]:
    """Sets of a cell under `Set 1`: `60x10`, `60/10`, or bare repetitions."""
    if text.isdigit():
        return (SetDraft(reps=int(text)),)
    match = _LOAD_AND_REPS.fullmatch(text) or re.fullmatch(
        r"(\d+(?:\.\d+)?)\s*(kg|lbs?)?\s*x\s*(\d+)", text, re.IGNORECASE
    )
    if match:
        # In a cell of one set the first number cannot be a count of sets.
        return _notation(f"{match[1]}{match[2] or unit}x{match[3]}", unit)
    return _notation(text, unit)


def _notation(text: str, unit: str) -> tuple[SetDraft, ...]:
    read = parse_notation(text, unit)
    if read.name or "unfinished" in read.loose:
        raise AmbiguousText
    return read.sets or (build_set(dict(read.loose)),)


def _measure(column: SheetColumn, text: str) -> Fields:
    """Fields of a cell under `rest`, `time`, `RPE` and the like."""
    kind, number = column.kind, _NUMBER.fullmatch(text)
    if kind == "rpe" and number:
        return {"rpe": float(number[1])}
    if kind == "rir" and number and number[1].isdigit():
        return {"rir": int(number[1])}
    if kind in ("rest", "time"):
        unit = "min" if column.unit == "min" else "s"
        return {FIELDS[kind]: seconds(f"{number[1]}{unit}") if number else _time(text)}
    if kind == "distance" and number:
        return {"distance_m": metres(number[1], column.unit if column.unit == "km" else "m")}
    (draft,) = _notation(text, "kg")
    shared_fields = set_fields(draft)
    if FIELDS[kind] not in shared_fields:
        raise AmbiguousText
    return shared_fields


def _time(text: str) -> int:
    read = _notation(text, "kg")
    if len(read) != 1 or (read[0].duration_s is None and read[0].rest_s is None):
        raise AmbiguousText
    return read[0].duration_s or read[0].rest_s or 0


def _join(sets: list[Fields], more: Sequence[Fields]) -> None:
    """Merge values into sets without them, or append new sets."""
    kinds = {name for fields in more for name in fields}
    if "reps_min" in kinds:
        kinds.add("reps")
    lacking = [fields for fields in sets if not fields.keys() & kinds]
    if not lacking:
        sets += [dict(fields) for fields in more]
        return
    if len(sets) == 1:
        sets += [dict(sets[0]) for _ in more[1:]]
        lacking = sets
    if len(more) not in (1, len(lacking)):
        raise AmbiguousText
    for number, fields in enumerate(lacking):
        fields |= more[number % len(more)]
