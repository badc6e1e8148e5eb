"""Nutrients per 100 g from the entries of a label, of its best column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sync_server.ocr.parsing.label.amounts import in_unit_of
from sync_server.ocr.parsing.label.columns import Basis, LabelColumn
from sync_server.ocr.parsing.label.entries import ENERGY, LabelEntry, PlacedAmount
from sync_server.ocr.parsing.label.names import OTHER, SALT
from sync_server.ocr.parsing.layout.rows import TextBox

SALT_PER_SODIUM = 2.5
_HUNDRED = 100.0
_MAX_KCAL = 950.0
"""Above the energy of pure fat: a wrong reading."""


@dataclass(slots=True)
class LabelValues:
    """Nutrients by basis, as printed, and the boxes of each."""

    by_basis: dict[Basis, dict[str, float]] = field(default_factory=dict)
    boxes: dict[str, Sequence[TextBox]] = field(default_factory=dict)


def read_values(
    entries: Sequence[LabelEntry], columns: Sequence[LabelColumn], default: Basis
) -> LabelValues:
    """Values of each column; without headings all first amounts are of the default basis."""
    columns = columns or [LabelColumn(default, 0.0)]
    values = LabelValues()
    for entry in entries:
        nutrient = "energy_kcal" if entry.nutrient == ENERGY else entry.nutrient
        if nutrient == OTHER:
            continue
        if _add(values, nutrient, entry, columns):
            values.boxes.setdefault(_field(nutrient), entry.boxes)
    return values


def _add(
    values: LabelValues, nutrient: str, entry: LabelEntry, columns: Sequence[LabelColumn]
) -> bool:
    added = False
    groups = _by_unit(entry.amounts) if nutrient == "energy_kcal" else [list(entry.amounts)]
    for amounts in groups:
        for column, placed in _in_columns(amounts, columns):
            value = in_unit_of(nutrient, placed.amount)
            name = _field(nutrient)
            # The first one printed counts, as kilocalories before kilojoules.
            if value is not None and name not in values.by_basis.get(column.basis, {}):
                value = value * 1000 / SALT_PER_SODIUM if nutrient == SALT else value
                values.by_basis.setdefault(column.basis, {})[name] = value
                added = True
    return added


def _field(nutrient: str) -> str:
    return "sodium_mg" if nutrient == SALT else nutrient


def _by_unit(amounts: Sequence[PlacedAmount]) -> list[list[PlacedAmount]]:
    """Kilocalories, then kilojoules: each has its own amount in every column."""
    kj = [placed for placed in amounts if placed.amount.unit == "kj"]
    return [[placed for placed in amounts if placed not in kj], kj]


def _in_columns(
    amounts: Sequence[PlacedAmount], columns: Sequence[LabelColumn]
) -> list[tuple[LabelColumn, PlacedAmount]]:
    """Amounts in their columns: in order if there are as many, else the nearest of each."""
    if not amounts:
        return []
    if len(columns) == 1:
        return [(columns[0], amounts[0])]
    if len(amounts) == len(columns):
        return list(zip(columns, amounts, strict=True))
    chosen = []
    for placed in amounts:
        column = min(columns, key=lambda column: abs(column.x - placed.x))
        chosen.append((column, placed))
    return chosen


def per_100_g(
    values: Mapping[Basis, Mapping[str, float]], serving_g: float | None
) -> tuple[Basis | None, dict[str, float]]:
    """Basis and nutrients per 100 g (100 ml of a drink): as printed, else from the serving's.

    The basis is None if no amount can be converted.
    """
    printed: Basis = "100 ml" if "100 ml" in values and "100 g" not in values else "100 g"
    found = dict(values.get(printed, {}))
    if serving_g:
        scaled = {
            name: value * _HUNDRED / serving_g for name, value in values.get("serving", {}).items()
        }
        basis: Basis | None = printed if found else "serving"
        found = scaled | found
    else:
        basis = printed if found else None
    return (basis if found else None), _plausible(found)


def _plausible(found: Mapping[str, float]) -> dict[str, float]:
    """Rounded values that 100 g can have."""
    limits = {"g": _HUNDRED, "mg": 100_000.0, "ug": 100_000_000.0, "kcal": _MAX_KCAL}
    return {
        name: round(value, 1 if name == "energy_kcal" else 2)
        for name, value in found.items()
        if value <= limits[name.rpartition("_")[2]]
    }
