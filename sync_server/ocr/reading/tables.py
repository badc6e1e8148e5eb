"""Tables of workout sheets: what the columns mean, and the sets of a row."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync_server.ocr.reading.drafts import SetDraft
from sync_server.ocr.reading.notation import Fields, Unclear, made, read_notation
from sync_server.ocr.reading.rows import Placed, Row
from sync_server.ocr.reading.tokens import kilograms, plain, seconds

HEADS = {
    "exercise": r"exercises?|movement|lift|übung(?:en)?|exercice|ejercicio|动作|動作",
    "set": r"(?:set|satz|série|serie)\s*#?\s*\d{1,2}|s\d",
    "sets": r"sets?|sätze|séries|series|组数|组",
    "reps": r"reps?\.?|repetitions|wdh\.?|répétitions|repeticiones|次数|次",
    "weight": r"weight|load|gewicht|poids|peso|重量|kgs?|lbs?",
    "rpe": r"rpe",
    "rir": r"rir",
    "rest": r"rest|pause|repos|descanso|休息",
    "time": r"time|duration|zeit|temps|tiempo|时间",
    "distance": r"distance|dist\.?|strecke|distancia|距离",
    "notes": r"notes?|comments?|notizen|bemerkung|tempo|done|备注|#|no\.?|nr\.?",
}
_HEAD = {kind: re.compile(words, re.IGNORECASE) for kind, words in HEADS.items()}
_UNIT = re.compile(r"[(\[/ ]?\s*\b(kg|lbs?)\b\.?\s*[)\]]?", re.IGNORECASE)
_NONE = frozenset({"-", "–", "—", "x", "n/a", ""})
LEAST_HEADS = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it holds, in which unit, and where its head stands."""

    kind: str
    unit: str
    left: float
    right: float

    def distance(self, piece: Placed) -> float:
        """How far a piece's middle is from the column's."""
        return abs((piece.left + piece.right) / 2 - (self.left + self.right) / 2)


def columns_of(row: Row, unit: str) -> list[Column]:
    """The columns whose heads a row holds; empty for any other row."""
    columns = [found for piece in row for found in _columns(piece, unit)]
    kinds = {column.kind for column in columns}
    measured = kinds & {"set", "sets", "reps", "weight", "time", "distance"}
    pure = all(_columns(piece, unit) for piece in row)
    return columns if pure and len(columns) >= LEAST_HEADS and measured else []


def _columns(piece: Placed, unit: str) -> list[Column]:
    """The head or the heads in a piece: near ones may have been read as one."""
    text = piece.text.strip(" :|.")
    whole = _kind(text, unit)
    if whole:
        return [Column(*whole, piece.left, piece.right)]
    found, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        kind = _kind(word, unit)
        if kind is None:
            return []
        a_letter = piece.width / max(1, len(text))
        left = piece.left + at * a_letter
        found.append(Column(*kind, left, left + len(word) * a_letter))
        at += len(word)
    return found


def _kind(text: str, unit: str) -> tuple[str, str] | None:
    said = _UNIT.search(text)
    unit = said[1].casefold()[:2] if said else unit
    bare = _UNIT.sub("", text).strip(" ()[]/") or text
    for kind, pattern in _HEAD.items():
        if pattern.fullmatch(bare):
            return kind, unit
    return None


def cells_of(row: Iterable[Placed], columns: Sequence[Column]) -> list[tuple[Column, Placed]]:
    """Each piece with the column that it stands under, by place and never by count."""
    return [(min(columns, key=lambda it: it.distance(piece)), piece) for piece in row]


def sets_of(cells: Iterable[tuple[Column, Placed]]) -> tuple[SetDraft, ...]:
    """The sets that a row's cells mean; raises Unclear."""
    count, said, sets = 1, Fields(), list[Fields]()
    for column, piece in cells:
        text = plain(piece.text).strip()
        if text.casefold() in _NONE or column.kind in ("notes", "exercise"):
            continue
        if column.kind == "set":
            sets += [_fields(one) for one in _cell(text, column.unit)]
        elif column.kind == "sets" and text.isdigit():
            count = int(text)
        elif column.kind in ("rpe", "rir", "rest", "time", "distance"):
            said |= _measure(column.kind, text)
        else:
            _join(sets, [_fields(one) for one in _value(column, text)])
    if not sets:
        sets = [Fields()] if said.keys() & {"duration_s", "distance_m"} else []
    if len(sets) == 1:
        sets = [dict(sets[0]) for _ in range(count)]
    drafts = tuple(made({**said, **fields}) for fields in sets)
    if len(drafts) > 30 or (count > 1 and len(drafts) not in (0, count)):
        raise Unclear
    return drafts


def _value(column: Column, text: str) -> tuple[SetDraft, ...]:
    """A cell under `reps`, `weight` or `sets`: a number, a list, or a notation of its own."""
    numbers = re.findall(r"\d+(?:\.\d+)?", text)
    listed = re.fullmatch(r"\d+(?:\.\d+)?(?:\s*[/,-]\s*\d+(?:\.\d+)?)*", text)
    if column.kind == "weight" and listed:
        return tuple(SetDraft(weight_kg=kilograms(it, "", column.unit)) for it in numbers)
    if column.kind == "reps" and re.fullmatch(r"\d+\s*-\s*\d+", text):
        least, most = sorted(map(int, numbers))
        return (SetDraft(reps_min=least, reps_max=most),)
    if column.kind == "reps" and listed and "." not in text:
        return tuple(SetDraft(reps=int(number)) for number in numbers)
    return _notation(text, column.unit)


def _cell(text: str, unit: str) -> tuple[SetDraft, ...]:
    """A cell under `Set 1`: `60x10`, or the repetitions alone."""
    if text.isdigit():
        return (SetDraft(reps=int(text)),)
    return _notation(re.sub(r"^(\d+(?:\.\d+)?)\s*[/-]\s*(\d+)$", r"\1x\2", text), unit)


def _notation(text: str, unit: str) -> tuple[SetDraft, ...]:
    read = read_notation(text, unit)
    if read.words:
        raise Unclear
    return read.sets or (made(dict(read.loose)),)


def _measure(kind: str, text: str) -> Fields:
    """A cell under `rest`, `time`, `RPE` and the like."""
    number = re.fullmatch(r"@?\s*(\d+(?:\.\d+)?)", text)
    if kind == "rpe" and number:
        return {"rpe": float(number[1])}
    if kind == "rir" and number and float(number[1]).is_integer():
        return {"rir": int(float(number[1]))}
    if kind == "rest":
        return {"rest_s": seconds(number[1] if number else _time(text))}
    if kind == "time":
        return {"duration_s": seconds(number[1] if number else _time(text))}
    if kind == "distance" and number:
        return {"distance_m": float(number[1])}
    (one,) = _notation(text, "kg")
    return _fields(one)


def _time(text: str) -> str:
    (one,) = _notation(text, "kg")
    if one.duration_s is None:
        raise Unclear
    return f"{one.duration_s}s"


def _join(sets: list[Fields], more: Sequence[Fields]) -> None:
    """Put values beside the sets that have none of the kind yet, or make new sets of them."""
    kinds = {name for fields in more for name in fields}
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


def _fields(one: SetDraft) -> Fields:
    """What a set says."""
    empty = SetDraft()
    return {
        name: getattr(one, name)
        for name in SetDraft.__slots__
        if getattr(one, name) != getattr(empty, name)
    }
