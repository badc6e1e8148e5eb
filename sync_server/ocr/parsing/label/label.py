"""Label parser: from lines of text to one food with nutrients per 100 g."""

import re
from collections.abc import Sequence

from sync_server.ocr.parsing.drafts import FieldSource, FoodDraft, LabelDraft
from sync_server.ocr.parsing.label.columns import Basis, find_columns
from sync_server.ocr.parsing.label.entries import find_entries, join_running_text
from sync_server.ocr.parsing.label.food import LabelValues, per_100_g, read_values
from sync_server.ocr.parsing.label.rows import label_row
from sync_server.ocr.parsing.label.servings import find_serving
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.layout.rows import TextBox, deskew, group_rows

MIN_NUTRIENTS = 2
"""Nutrients from which on a page is a label."""
_US = re.compile(r"nutrition\s*facts|daily\s*value|amount\s*per\s*serving|valor\s*diario")


def parse_label(lines: Sequence[Line]) -> LabelDraft:
    """Parse a nutrition label; each line is part of the food or in `unread`."""
    rows = join_running_text([label_row(row) for row in group_rows(deskew(lines))])
    entries = find_entries(rows)
    default: Basis = "serving" if any(_US.search(row.plain) for row in rows) else "100 g"
    values = read_values(entries, find_columns(rows), default)
    serving = find_serving(row.plain for row in rows)
    basis, found = per_100_g(values.by_basis, serving.grams if serving else None)
    if basis is None or len(found) < MIN_NUTRIENTS:
        return LabelDraft((), tuple(lines))
    food = FoodDraft(
        sources=_sources(values, found),
        basis=basis,
        nutrients=found,
        serving_name=serving.name if serving else None,
        serving_g=serving.grams if serving else None,
    )
    return LabelDraft((food,), tuple(_unused(lines, values, found)))


def _sources(values: LabelValues, found: dict[str, float]) -> dict[str, FieldSource]:
    return {name: _source(values.boxes[name]) for name in found if name in values.boxes}


def _source(boxes: Sequence[TextBox]) -> FieldSource:
    lefts, tops, rights, bottoms = zip(*(box.line.box for box in boxes), strict=True)
    score = min(box.line.score for box in boxes)
    return FieldSource(score, (min(lefts), min(tops), max(rights), max(bottoms)))


def _unused(lines: Sequence[Line], values: LabelValues, found: dict[str, float]) -> list[Line]:
    """Lines without a nutrient of the food, in their original order."""
    used = {id(box.line) for name in found for box in values.boxes.get(name, ())}
    return [line for line in lines if id(line) not in used]
