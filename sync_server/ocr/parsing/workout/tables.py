"""Tables of workout sheets: the sets that the cells of a row mean."""

import re
from collections.abc import Iterable, Sequence

from sync_server.ocr.parsing.drafts import SetDraft
from sync_server.ocr.parsing.workout.bounds import Fields, Unclear, all_made, made, said_by
from sync_server.ocr.parsing.workout.columns import Cell, Column
from sync_server.ocr.parsing.workout.misreads import plain
from sync_server.ocr.parsing.workout.notation import read_notation
from sync_server.ocr.parsing.workout.quantities import kilograms, metres, seconds

FIELDS = {
    "reps": "reps", "weight": "weight_kg", "rpe": "rpe", "rir": "rir", "rest": "rest_s",
    "time": "duration_s", "distance": "distance_m",
}  # fmt: skip
"""The field of a set that each kind of column holds."""
DONE = frozenset({"reps", "reps_min", "duration_s", "distance_m"})
"""What there must be one of in a set that does not go on to failure."""

_NONE = frozenset({"-", "x", "n/a", "/", ""})
_NUMBER = re.compile(r"@?\s*(\d+(?:\.\d+)?)")
_LISTED = re.compile(r"\d+(?:\.\d+)?(?:\s*[/,-]\s*\d+(?:\.\d+)?)*")
_MAX = re.compile(r"max(?:imum)?|failure", re.IGNORECASE)
_RANGE = re.compile(r"(\d+)\s*-\s*(\d+)")
_LOAD_AND_REPS = re.compile(r"(\d+(?:\.\d+)?)\s*(kg|lbs?)?\s*[/|-]\s*(\d+)", re.IGNORECASE)


def sets_of(cells: Iterable[Cell]) -> tuple[SetDraft, ...]:
    """The sets that a row's cells mean; raises Unclear."""
    count, said, sets = 0, Fields(), list[Fields]()
    for cell in cells:
        column, text = cell.column, plain(cell.text).strip()
        if text.casefold() in _NONE or column.kind in ("notes", "exercise", "order"):
            continue
        if column.kind == "set":
            sets += [said_by(one) for one in _set(text, column.unit)]
        elif column.kind == "sets" and text.isdigit():
            count = int(text)
        elif column.kind in ("rpe", "rir", "rest", "time", "distance"):
            said |= _measure(column, text)
        else:
            _join(sets, [said_by(one) for one in _value(column, text)])
    if not sets and said.keys() & {"duration_s", "distance_m"}:
        sets = [Fields()]
    if len(sets) == 1 and count:
        sets = [dict(sets[0]) for _ in range(min(count, 100))]
    if count and len(sets) not in (0, count):
        raise Unclear
    drafts = all_made([said | fields for fields in sets])
    if any(one.kind != "failure" and not said_by(one).keys() & DONE for one in drafts):
        raise Unclear  # a weight alone was not lifted
    return drafts


def _value(column: Column, text: str) -> tuple[SetDraft, ...]:
    """A cell under `reps`, `weight` or `sets`: a number, a list, or a notation of its own."""
    numbers = re.findall(r"\d+(?:\.\d+)?", text)
    span = _RANGE.fullmatch(text)
    if column.kind == "reps" and span:
        least, most = sorted((int(span[1]), int(span[2])))
        return (SetDraft(reps_min=least, reps_max=most),)
    if column.kind == "reps" and _MAX.fullmatch(text):
        return (SetDraft(kind="failure"),)
    if column.kind == "weight" and span:
        raise Unclear  # of a range of weights none was lifted
    if column.kind == "weight" and _LISTED.fullmatch(text):
        return tuple(SetDraft(weight_kg=kilograms(it, "", column.unit)) for it in numbers)
    if column.kind == "reps" and _LISTED.fullmatch(text) and "." not in text:
        return tuple(SetDraft(reps=int(number)) for number in numbers)
    return _notation(text, column.unit)


def _set(text: str, unit: str) -> tuple[SetDraft, ...]:
    """A cell under `Set 1`: `60x10`, `60/10`, or the repetitions alone."""
    if text.isdigit():
        return (SetDraft(reps=int(text)),)
    found = _LOAD_AND_REPS.fullmatch(text) or re.fullmatch(
        r"(\d+(?:\.\d+)?)\s*(kg|lbs?)?\s*x\s*(\d+)", text, re.IGNORECASE
    )
    if found:
        # Of a set in a cell of its own, the first number can be no count of sets.
        return _notation(f"{found[1]}{found[2] or unit}x{found[3]}", unit)
    return _notation(text, unit)


def _notation(text: str, unit: str) -> tuple[SetDraft, ...]:
    read = read_notation(text, unit)
    if read.name or "unfinished" in read.loose:
        raise Unclear
    return read.sets or (made(dict(read.loose)),)


def _measure(column: Column, text: str) -> Fields:
    """A cell under `rest`, `time`, `RPE` and the like."""
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
    (one,) = _notation(text, "kg")
    said = said_by(one)
    if FIELDS[kind] not in said:
        raise Unclear
    return said


def _time(text: str) -> int:
    read = _notation(text, "kg")
    if len(read) != 1 or (read[0].duration_s is None and read[0].rest_s is None):
        raise Unclear
    return read[0].duration_s or read[0].rest_s or 0


def _join(sets: list[Fields], more: Sequence[Fields]) -> None:
    """Put values beside the sets that have none of the kind yet, or make new sets of them."""
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
        raise Unclear
    for number, fields in enumerate(lacking):
        fields |= more[number % len(more)]
