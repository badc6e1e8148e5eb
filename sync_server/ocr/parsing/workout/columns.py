"""Table columns of workout sheets: recognized headings, and cells assigned by position."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync_server.ocr.parsing.layout.rows import Row, TextBox

HEADING_PATTERNS = {
    "exercise": r"exercises?(?: name)?|movement|lift|name|übung(?:en)?|exercices?|ejercicios?"
    r"|动作|動作|项目",
    "set": r"(?:set|satz|série|serie)\s*#?\s*\d{1,2}|s\d|第\s*\d\s*[组組]",
    "sets": r"sets?|sätze|satz|séries|series|组数|組數|组|組",
    "scheme": r"sets?\s*[x×/&]\s*reps?|reps?\s*[x×@]\s*(?:weight|load)"
    r"|(?:weight|load)\s*[x×]\s*reps?|scheme",
    "reps": r"reps?\.?|repetitions|wdhl?\.?|répétitions|repeticiones|次数|次數|次",
    "weight": r"weights?|wt\.?|load|gewicht|poids|peso|重量|kgs?|[li]bs?",
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
MIN_HEADINGS = 2
_HEAD = {kind: re.compile(words, re.IGNORECASE) for kind, words in HEADING_PATTERNS.items()}
_UNIT = re.compile(r"[(\[/ ]?\s*\b(kg|[li]bs?|sec|s|min|m|km)\b\.?\s*[)\]]?$", re.IGNORECASE)
_VALUE = re.compile(r"\d|^(?:bw|amrap|max|@)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """Column of a table: kind, unit, and the horizontal extent of its heading."""

    kind: str
    unit: str
    left: float
    right: float

    def distance(self, left: float, right: float) -> float:
        """Distance between the middles of a text and of the column."""
        return abs((left + right) / 2 - (self.left + self.right) / 2)


@dataclass(frozen=True, slots=True)
class Cell:
    """Text in a column; one box of a row may hold several cells."""

    column: SheetColumn
    text: str
    piece: TextBox


def columns_of(row: Row, unit: str) -> list[SheetColumn]:
    """Columns of a heading row; empty for any other row."""
    columns_by_box = [_columns(piece, unit) for piece in row]
    columns = [column for in_box in columns_by_box for column in in_box]
    measured = {column.kind for column in columns} & MEASURED
    return columns if all(columns_by_box) and len(columns) >= MIN_HEADINGS and measured else []


def _columns(piece: TextBox, unit: str) -> list[SheetColumn]:
    """Headings in a box: adjacent headings may be recognized as one text."""
    whole = _kind(piece.text, unit)
    if whole:
        return [SheetColumn(*whole, piece.left, piece.right)]
    columns: list[SheetColumn] = []
    words = _words(piece)
    while words:
        # `Set 1 Set 2`: the longest run of words that is a heading.
        for count in range(min(3, len(words)), 0, -1):
            kind = _kind(" ".join(word for word, _, _ in words[:count]), unit)
            if kind:
                columns.append(SheetColumn(*kind, words[0][1], words[count - 1][2]))
                words = words[count:]
                break
        else:
            return []
    return columns


def _kind(text: str, unit: str) -> tuple[str, str] | None:
    text = text.strip(" :|.")
    unit_match = _UNIT.search(text)
    bare = text[: unit_match.start()].strip(" ()[]/") if unit_match else ""
    for kind, pattern in _HEAD.items():
        if pattern.fullmatch(text) or (bare and pattern.fullmatch(bare)):
            return kind, unit_match[1].casefold() if unit_match else unit
    return None


def _words(piece: TextBox) -> list[tuple[str, float, float]]:
    """Words of a box with their extents, assuming letters of equal width."""
    a_letter = piece.width / max(1, len(piece.text))
    return [
        (word[0], piece.left + word.start() * a_letter, piece.left + word.end() * a_letter)
        for word in re.finditer(r"\S+", piece.text)
    ]


def cells_of(row: Iterable[TextBox], columns: Sequence[SheetColumn]) -> list[Cell]:
    """Cells of a row, assigned to columns by position, never by count."""
    return [cell for piece in row for cell in _cells(piece, columns)]


def _cells(piece: TextBox, columns: Sequence[SheetColumn]) -> list[Cell]:
    """Cells in a box; a wide box may hold several, and only the first can be a name."""
    over = [box for box in columns if piece.left <= (box.left + box.right) / 2 <= piece.right]
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


def _nearest(columns: Sequence[SheetColumn], left: float, right: float) -> SheetColumn:
    return min(columns, key=lambda box: box.distance(left, right))
