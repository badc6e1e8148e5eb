"""Columns of workout sheets: what their heads mean, and which texts stand under them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync_server.ocr.parsing.layout.rows import Placed, Row

HEADS = {
    "exercise": r"exercises?(?: name)?|movement|lift|name|übung(?:en)?|exercices?|ejercicios?"
    r"|动作|動作|项目",
    "set": r"(?:set|satz|série|serie)\s*#?\s*\d{1,2}|s\d|第\s*\d\s*[组組]",
    "sets": r"sets?|sätze|satz|séries|series|组数|組數|组|組",
    "scheme": r"sets?\s*[x×/&]\s*reps?|reps?\s*[x×@]\s*(?:weight|load)"
    r"|(?:weight|load)\s*[x×]\s*reps?|scheme",
    "reps": r"reps?\.?|repetitions|wdhl?\.?|répétitions|repeticiones|次数|次數|次",
    "weight": r"weights?|load|gewicht|poids|peso|重量|kgs?|[li]bs?",
    "rpe": r"rpe",
    "rir": r"rir",
    "rest": r"rest(?: time)?|pause|repos|descanso|休息|间歇",
    "time": r"time|duration|zeit|dauer|temps|durée|tiempo|时间|時間",
    "distance": r"distance|dist\.?|strecke|distancia|距离",
    "order": r"#|no\.?|nr\.?|order",
    "notes": r"notes?|comments?|remarks?|notizen|bemerkung(?:en)?|notas|tempo|done|check"
    r"|muscles?|备注",
}  # fmt: skip
MEASURED = frozenset({"set", "sets", "scheme", "reps", "weight", "time", "distance"})
LEAST_HEADS = 2
_HEAD = {kind: re.compile(words, re.IGNORECASE) for kind, words in HEADS.items()}
_UNIT = re.compile(r"[(\[/ ]?\s*\b(kg|[li]bs?|sec|s|min|m|km)\b\.?\s*[)\]]?$", re.IGNORECASE)
_VALUE = re.compile(r"\d|^(?:bw|amrap|max|@)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it holds, in which unit, and where its head stands."""

    kind: str
    unit: str
    left: float
    right: float

    def distance(self, left: float, right: float) -> float:
        """How far the middle of a text is from the column's."""
        return abs((left + right) / 2 - (self.left + self.right) / 2)


@dataclass(frozen=True, slots=True)
class Cell:
    """A text under a head; one piece of a row may hold the texts of several."""

    column: Column
    text: str
    piece: Placed


def columns_of(row: Row, unit: str) -> list[Column]:
    """The columns whose heads a row holds; empty for any other row."""
    each = [_columns(piece, unit) for piece in row]
    columns = [column for found in each for column in found]
    measured = {column.kind for column in columns} & MEASURED
    return columns if all(each) and len(columns) >= LEAST_HEADS and measured else []


def _columns(piece: Placed, unit: str) -> list[Column]:
    """The head or the heads in a piece: near ones may have been read as one."""
    whole = _kind(piece.text, unit)
    if whole:
        return [Column(*whole, piece.left, piece.right)]
    found: list[Column] = []
    words = _words(piece)
    while words:
        # `Set 1 Set 2`: the longest run of words that is a head.
        for count in range(min(3, len(words)), 0, -1):
            kind = _kind(" ".join(word for word, _, _ in words[:count]), unit)
            if kind:
                found.append(Column(*kind, words[0][1], words[count - 1][2]))
                words = words[count:]
                break
        else:
            return []
    return found


def _kind(text: str, unit: str) -> tuple[str, str] | None:
    text = text.strip(" :|.")
    said = _UNIT.search(text)
    bare = text[: said.start()].strip(" ()[]/") if said else ""
    for kind, pattern in _HEAD.items():
        if pattern.fullmatch(text) or (bare and pattern.fullmatch(bare)):
            return kind, said[1].casefold() if said else unit
    return None


def _words(piece: Placed) -> list[tuple[str, float, float]]:
    """The words of a piece with their left and right, as if all letters were equally wide."""
    a_letter = piece.width / max(1, len(piece.text))
    return [
        (word[0], piece.left + word.start() * a_letter, piece.left + word.end() * a_letter)
        for word in re.finditer(r"\S+", piece.text)
    ]


def cells_of(row: Iterable[Placed], columns: Sequence[Column]) -> list[Cell]:
    """The texts of a row with the columns that they stand under: by place, never by count."""
    return [cell for piece in row for cell in _cells(piece, columns)]


def _cells(piece: Placed, columns: Sequence[Column]) -> list[Cell]:
    """The cells in a piece; a wide one may hold several, of which a name can be only the first."""
    over = [it for it in columns if piece.left <= (it.left + it.right) / 2 <= piece.right]
    words = _words(piece)
    values = next((at for at, word in enumerate(words) if _VALUE.search(word[0])), len(words))
    if len(over) < 2 or values == len(words):
        return [Cell(_nearest(columns, piece.left, piece.right), piece.text, piece)]
    cells: list[Cell] = []
    if values:
        name = " ".join(word for word, _, _ in words[:values])
        cells = [Cell(_nearest(columns, words[0][1], words[values - 1][2]), name, piece)]
    for word, left, right in words[values:]:
        column = _nearest(columns, left, right)
        if cells and cells[-1].column is column:
            cells[-1] = Cell(column, f"{cells[-1].text} {word}", piece)
        else:
            cells.append(Cell(column, word, piece))
    return cells


def _nearest(columns: Sequence[Column], left: float, right: float) -> Column:
    return min(columns, key=lambda it: it.distance(left, right))
