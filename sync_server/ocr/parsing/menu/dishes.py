"""Dishes in the making: the pieces of a menu that each of their fields was read in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sync_server.ocr.parsing.drafts import Dish, Seen
from sync_server.ocr.parsing.layout.lines import Box
from sync_server.ocr.parsing.layout.rows import Placed
from sync_server.ocr.parsing.menu.prices import Price


@dataclass(slots=True)
class Found:
    """A dish in the making: the pieces that each of its fields was read in."""

    name: str
    price: Price | None
    pieces: dict[str, list[Placed]]
    nutrients: dict[str, float] = field(default_factory=dict)
    description: str = ""
    section: str | None = None

    @property
    def place(self) -> Placed:
        """Where its name begins."""
        return (self.pieces.get("name") or self.pieces["price"])[0]


def by_section(dishes: Sequence[Found]) -> list[Found]:
    """Section after section as they begin, where rows ran over columns of several."""
    sections: dict[int, list[Found]] = {}
    for dish in dishes:
        heading = dish.pieces.get("section")
        sections.setdefault(id(heading[0]) if heading else 0, []).append(dish)
    return [dish for section in sections.values() for dish in section]


def lowest(dish: Found) -> Placed:
    """The lowest piece of a dish that its column begins with."""
    pieces = [it for name in ("name", "description") for it in dish.pieces.get(name, [])]
    return max(pieces or [dish.place], key=lambda it: it.middle)


def aside(piece: Placed, dish: Found) -> float:
    """How far a piece stands beside a dish's column; 0 over it."""
    pieces = [*dish.pieces.get("name", []), *dish.pieces.get("price", [])]
    left, right = min(it.left for it in pieces), max(it.right for it in pieces)
    return max(0.0, piece.left - right, left - piece.right)


def dish_of(found: Found, only: str | None) -> Dish:
    """The draft; `only` is the currency of a price without one."""
    seen = {
        name: Seen(min(it.line.score for it in pieces), _around(it.line.box for it in pieces))
        for name, pieces in found.pieces.items()
        if pieces
    }
    return Dish(
        name=found.name,
        seen=seen,
        section=found.section,
        description=found.description or None,
        price=found.price.amount if found.price else None,
        currency=(found.price.currency or only) if found.price else None,
        energy_kcal=found.nutrients.get("energy_kcal"),
        protein_g=found.nutrients.get("protein_g"),
        carbs_g=found.nutrients.get("carbs_g"),
        fat_g=found.nutrients.get("fat_g"),
    )


def _around(boxes: Iterable[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
