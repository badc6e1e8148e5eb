"""Columns of a label: per 100 g, per serving, and others, by what their headings say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sync_server.ocr.parsing.label.names import find_names
from sync_server.ocr.parsing.label.rows import LabelRow
from sync_server.ocr.parsing.label.servings import SERVING_WORDS

Basis = Literal["100 g", "100 ml", "serving", "other"]
_WEIGHT = r"\d{1,4}(?:[.,]\d{1,2})?\s*(?:g|ml)(?![a-z])"
_HEADINGS: tuple[tuple[Basis, str], ...] = (
    ("100 g", r"(?<!\d)(?:per|pro|je|par|pour|por|/)?\s*1[0o]{2}\s*g(?![a-z])"),
    ("100 ml", r"(?<!\d)(?:per|pro|je|par|pour|por|/)?\s*1[0o]{2}\s*ml(?![a-z])"),
    (
        "other",
        r"(?:per|pro|je|par|por)\s*(?:container|packung|package|pack|paquet|envase|confezione)",
    ),
    (
        "serving",
        rf"(?:per|pro|je|par|pour|por|/)?\s*\d{{0,2}}\s*(?<![a-z])(?:{SERVING_WORDS})(?![a-z])"
        rf"[*¹²]?(?:\s*\(?(?:de|von|di|van|=)?\s*{_WEIGHT}\s*\)?)?"
        rf"|(?:per|pro|je|par|pour|por|voor)\s*{_WEIGHT}(?:\s*(?:{SERVING_WORDS}))?",
    ),
)
_HEADING = re.compile(
    "|".join(f"(?P<b{at}>{pattern})" for at, (_, pattern) in enumerate(_HEADINGS))
)
_BARE = re.compile(r"\s*1[0o]{2}\s*m?[gl]")
_SIZE = re.compile(
    r"serving\s*size|serv\.?\s*size|servings?\s*per|portionsgr|tamano|taille|contains|enthalt|contient|contiene|bevat|contem|="
)


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """Column of amounts: their basis and the middle of its heading."""

    basis: Basis
    x: float


def find_columns(rows: Sequence[LabelRow]) -> list[LabelColumn]:
    """Columns from left to right; none if no heading names its basis.

    A heading over several lines counts once.
    """
    columns: list[LabelColumn] = []
    for row in rows:
        if _SIZE.search(row.plain):
            continue
        for match in _headings(row.plain):
            basis = _HEADINGS[int(str(match.lastgroup)[1:])][0]
            if all(column.basis != basis for column in columns):
                columns.append(LabelColumn(basis, row.x_of(match.start(), match.end())))
    return sorted(columns, key=lambda column: column.x)


def without_headings(text: str) -> str:
    """The plain text with its headings of columns blanked."""
    for match in _headings(text):
        text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
    return text


def _headings(text: str) -> list[re.Match[str]]:
    """Headings in a plain text; `100 g` alone beside a nutrient is an amount, as of pure fat."""
    found = list(_HEADING.finditer(text))
    if any(_BARE.fullmatch(match[0]) for match in found) and find_names(text):
        return [match for match in found if not _BARE.fullmatch(match[0])]
    return found
