"""Entries of a label: a nutrient with the amounts of its columns, from rows of text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync_server.ocr.parsing.label.amounts import Amount, find_amounts
from sync_server.ocr.parsing.label.columns import without_headings
from sync_server.ocr.parsing.label.names import NamePart, find_names
from sync_server.ocr.parsing.label.rows import LabelRow, join_rows
from sync_server.ocr.parsing.layout.rows import TextBox

ENERGY = "energy"
_KJ, _KCAL = re.compile(r"(?<![a-z])\(?kj"), re.compile(r"kcal")
_MISREAD_G = re.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)?)9(?![\d.,%]|\s*(?:m?g|%|kj|kcal))")
_INCLUDES = re.compile(
    r"(?:incl(?:udes?|\.)?|inkl\.?|incluye|inclui)\s*(?:less\s*than\s*|menos\s*de\s*)?(?:[<\d][^a-z]*|o\s*)m?g"
    r"\s*(?:of|de|von)?\s*$"
)
_PAIR = re.compile(r"(\d{2,4})\s*[/|]\s*(\d{1,4})(?!\d)")


@dataclass(frozen=True, slots=True)
class PlacedAmount:
    """Amount of a nutrient, and the middle of its text in pixels."""

    amount: Amount
    x: float


@dataclass(frozen=True, slots=True)
class LabelEntry:
    """Amounts of a nutrient from left to right, and the boxes of its text."""

    nutrient: str
    amounts: tuple[PlacedAmount, ...]
    boxes: tuple[TextBox, ...]


def find_entries(rows: Iterable[LabelRow]) -> list[LabelEntry]:
    """Entries of the rows from top to bottom.

    Amounts without a name belong to the name of the row before, and to the energy if they are
    energies; a name without amounts waits for the next row.
    """
    entries: list[LabelEntry] = []
    waiting: tuple[str, Sequence[TextBox]] | None = None
    for row in rows:
        names = find_names(row.plain)
        parts = _parts(row, names)
        if not names:
            amounts = _amounts(row, 0, len(row.plain), waiting[0] if waiting else ENERGY)
            name = waiting or _energy_before(entries, amounts)
            if name and amounts:
                boxes = row.boxes_of(0, len(row.plain))
                entries.append(LabelEntry(name[0], tuple(amounts), (*name[1], *boxes)))
            waiting = waiting if waiting and not amounts else None
            continue
        found = [entry for entry in parts if entry.amounts]
        entries += found
        last = parts[-1]
        waiting = None if found else (last.nutrient, last.boxes)
    return entries


def join_running_text(rows: Sequence[LabelRow]) -> Sequence[LabelRow]:
    """The rows; those of a label in the linear form as one, since it breaks within an entry.

    The linear form is that of Article 34(2) of Regulation (EU) No 1169/2011 and of 21 CFR
    101.9(j)(13): most rows that name a nutrient go on with another after its amount.
    """
    named = [parts for row in rows if (parts := _parts(row, find_names(row.plain)))]
    running = [parts for parts in named if parts[0].amounts and len(parts) > 1]
    return [join_rows(rows)] if len(running) > 1 and 2 * len(running) >= len(named) else rows


def _parts(row: LabelRow, names: Sequence[NamePart]) -> list[LabelEntry]:
    """Entries of one row: its names, each with the amounts up to the next other name."""
    merged = [
        name
        for at, name in enumerate(names)
        if not at
        or name.nutrient != names[at - 1].nutrient
        or _has_amount(row, names[at - 1], name)
    ]
    starts = [_start(row, name) for name in merged]
    parts = []
    for at, name in enumerate(merged):
        end = starts[at + 1] if at + 1 < len(merged) else len(row.plain)
        amounts = _amounts(row, starts[at], end, name.nutrient)
        last = max([name.end, *(placed.amount.end for placed in amounts)])
        boxes = row.boxes_of(starts[at], last)
        parts.append(LabelEntry(name.nutrient, tuple(amounts), tuple(boxes)))
    return parts


def _has_amount(row: LabelRow, one: NamePart, other: NamePart) -> bool:
    return bool(find_amounts(row.plain[one.end : other.start]))


def _start(row: LabelRow, name: NamePart) -> int:
    """Start of a nutrient's part: before an amount that precedes its name.

    As in `Includes 10g Added Sugars`.
    """
    included = _INCLUDES.search(row.plain[: name.start])
    return included.start() if included else name.start


def _amounts(row: LabelRow, start: int, end: int, nutrient: str) -> list[PlacedAmount]:
    """Amounts of a part of a row that can be of a nutrient; percentages are none."""
    text = _readable(row.plain, nutrient)
    part = " " * start + text[start:end]
    found = [amount for amount in find_amounts(part) if amount.unit not in ("%", "ml")]
    if nutrient == ENERGY:
        found = _energies(row.plain, part, found)
    else:
        found = [amount for amount in found if amount.unit not in ("kj", "kcal")]
        united = [amount for amount in found if amount.unit]
        found = united or found
    return [PlacedAmount(amount, row.x_of(amount.start, amount.end)) for amount in found]


def _readable(text: str, nutrient: str) -> str:
    """The text without headings and names; a `g` that was read as a 9 is a `g` again."""
    text = without_headings(text)
    for name in find_names(text):
        text = text[: name.start] + " " * (name.end - name.start) + text[name.end :]
    if nutrient.endswith("_g") and not any(amount.unit == "g" for amount in find_amounts(text)):
        text = _MISREAD_G.sub(r"\1g", text)
    return text


def _energies(row: str, part: str, found: Sequence[Amount]) -> list[Amount]:
    """Energies with units; without, those that the row's name says, `kJ/kcal` in pairs."""
    united = [amount for amount in found if amount.unit in ("kj", "kcal")]
    if united:
        return united
    kj, kcal = _KJ.search(row), _KCAL.search(row)
    bare = [amount for amount in found if amount.unit == ""]
    if kj and kcal:
        first, second = ("kj", "kcal") if kj.start() < kcal.start() else ("kcal", "kj")
        return [
            Amount(float(number), unit, pair.start(), pair.end())
            for pair in _PAIR.finditer(part)
            for number, unit in zip(pair.groups(), (first, second), strict=True)
        ]
    unit = "kj" if kj else "kcal"
    return [Amount(amount.value, unit, amount.start, amount.end) for amount in bare]


def _energy_before(
    entries: Sequence[LabelEntry], amounts: Sequence[PlacedAmount]
) -> tuple[str, Sequence[TextBox]] | None:
    """The energy's name, if the amounts are energies below it."""
    united = all(placed.amount.unit in ("kj", "kcal") for placed in amounts)
    if amounts and united and entries and entries[-1].nutrient == ENERGY:
        return ENERGY, ()
    return None
