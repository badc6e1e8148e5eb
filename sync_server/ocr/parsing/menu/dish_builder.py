"""Dish builder: collects the text boxes of a dish's fields."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sync_server.ocr.parsing.drafts import DishDraft, FieldSource
from sync_server.ocr.parsing.layout.lines import Box
from sync_server.ocr.parsing.layout.rows import TextBox
from sync_server.ocr.parsing.menu.prices import Price


@dataclass(slots=True)
class DishBuilder:
    """Fields of a dish, with the text boxes of each."""

    name: str
    price: Price | None
    pieces: dict[str, list[TextBox]]
    nutrients: dict[str, float] = field(default_factory=dict)
    description: str = ""
    section: str | None = None

    @property
    def first_box(self) -> TextBox:
        """First box of the name, or of the price."""
        return (self.pieces.get("name") or self.pieces["price"])[0]


def group_by_section(dishes: Sequence[DishBuilder]) -> list[DishBuilder]:
    """Dishes ordered by section, since rows may cross columns of several sections."""
    sections: dict[int, list[DishBuilder]] = {}
    for dish in dishes:
        heading = dish.pieces.get("section")
        sections.setdefault(id(heading[0]) if heading else 0, []).append(dish)
    return [dish for section in sections.values() for dish in section]


def lowest_box(dish: DishBuilder) -> TextBox:
    """Lowest box of a dish's name or description."""
    pieces = [box for name in ("name", "description") for box in dish.pieces.get(name, [])]
    return max(pieces or [dish.first_box], key=lambda box: box.middle)


def horizontal_gap(piece: TextBox, dish: DishBuilder) -> float:
    """Horizontal distance of a box from a dish's column; 0 above it."""
    pieces = [*dish.pieces.get("name", []), *dish.pieces.get("price", [])]
    left, right = min(box.left for box in pieces), max(box.right for box in pieces)
    return max(0.0, piece.left - right, left - piece.right)


def build_dish(dish: DishBuilder, default_currency: str | None) -> DishDraft:
    """Draft of the dish; `default_currency` is for prices without one."""
    sources = {
        name: FieldSource(
            min(box.line.score for box in pieces), _bounding_box(box.line.box for box in pieces)
        )
        for name, pieces in dish.pieces.items()
        if pieces
    }
    return DishDraft(
        name=dish.name,
        sources=sources,
        section=dish.section,
        description=dish.description or None,
        price=dish.price.amount if dish.price else None,
        currency=(dish.price.currency or default_currency) if dish.price else None,
        energy_kcal=dish.nutrients.get("energy_kcal"),
        protein_g=dish.nutrients.get("protein_g"),
        carbs_g=dish.nutrients.get("carbs_g"),
        fat_g=dish.nutrients.get("fat_g"),
    )


def _bounding_box(boxes: Iterable[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
