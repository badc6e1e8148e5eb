"""Menu parser: from lines of text to dishes with sections, prices and nutrients."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from sync_server.ocr.parsing.drafts import DishDraft, MenuDraft
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.layout.rows import Row, TextBox, deskew, group_rows
from sync_server.ocr.parsing.menu.dish_builder import (
    DishBuilder,
    build_dish,
    group_by_section,
    horizontal_gap,
    lowest_box,
)
from sync_server.ocr.parsing.menu.nutrients import extract_nutrients
from sync_server.ocr.parsing.menu.portions import Portions, has_cents, parse_prices
from sync_server.ocr.parsing.menu.prices import without_leader
from sync_server.ocr.parsing.menu.rules import (
    BELOW,
    CONTINUES,
    LARGER,
    MAX_HEADING,
    MAX_NAME,
    NEAR,
    NOTICE,
    TO_TRADITIONAL,
    are_upper,
    chain_before,
    continues,
    height_around,
    is_description,
    is_heading,
    is_name,
    is_traditional,
    only_currency,
    stands_over,
)

Named: TypeAlias = tuple[str, list[TextBox]]
"""A name and its text boxes."""


def parse_menu(lines: Sequence[Line]) -> MenuDraft:
    """Parse a menu; each line is part of a dish or in `unread`."""
    page = _MenuPage()
    for row in group_rows(deskew(lines)):
        page.add_row(row)
    page.assign_loose()
    only = only_currency(lines)
    drafts = [build_dish(dish, only) for dish in group_by_section(page.dishes)]
    if is_traditional(lines):
        drafts = [_traditional(dish) for dish in drafts]
    return MenuDraft(tuple(drafts), tuple(page.unread(lines)))


def _traditional(dish: DishDraft) -> DishDraft:
    """Dish of a page in traditional characters, with the money of Taiwan."""
    currency = "TWD" if dish.currency == "CNY" else dish.currency
    return replace(dish, name=dish.name.translate(TO_TRADITIONAL), currency=currency)


class _MenuPage:
    """Parser state of a page: dishes so far, and loose boxes without a price."""

    def __init__(self) -> None:
        self.dishes: list[DishBuilder] = []
        self._loose: list[TextBox] = []
        self._used: set[int] = set()

    def add_row(self, row: Row) -> None:
        """Parse a row: text before a price names its dish, other boxes stay loose."""
        pending: list[TextBox] = []
        named: Named | None = None
        for piece in row:
            text, nutrients = extract_nutrients(piece.text)
            priced = None if NOTICE.search(text) else parse_prices(text)
            if priced:
                name, prices = priced
                before = chain_before(pending, piece, name) if pending else []
                self._loose += [box for box in pending if box not in before]
                next_portion = not before and not name and has_cents(text)
                dish_name = named if next_portion and named else self._named(before, piece, name)
                named = self._add(dish_name, before, piece, prices, nutrients)
                pending = []
            elif nutrients and not pending and not text:
                self._add_nutrients(piece, nutrients, self.dishes[-1] if named else None)
            else:
                pending.append(piece)
        self._loose += pending

    def _named(self, before: list[TextBox], piece: TextBox, name: str) -> Named | None:
        """Name of a price's dish, from the boxes before it or the row above."""
        words = (without_leader(extract_nutrients(box.text)[0]) for box in before)
        full_name = " ".join(filter(None, [*words, name])).strip()
        pieces = [*before, piece] if name else list(before)
        if not is_name(full_name) or continues(full_name):
            above = self._name_above(before[0] if before else piece)
            if above is not None:
                self._loose.remove(above)
                full_name, pieces = f"{above.text} {full_name}".strip(), [above, *pieces]
        return (full_name, pieces) if is_name(full_name) else None

    def _add(
        self,
        named: Named | None,
        before: list[TextBox],
        piece: TextBox,
        prices: Portions,
        nutrients: Mapping[str, float],
    ) -> Named | None:
        """Add one dish per price; without a name the boxes stay loose."""
        if named is None:
            self._loose += [*before, piece]
            return None
        name, pieces = named
        nutrients_of_row = dict(nutrients)
        for box in before:
            nutrients_of_row |= extract_nutrients(box.text)[1]
        for label, price in prices:
            sources = {"name": pieces, "price": [piece]}
            if nutrients_of_row:
                sources["nutrients"] = [*before, piece]
            sized = f"{name} ({label})" if label else name
            self.dishes.append(
                DishBuilder(sized[:MAX_NAME], price, sources, dict(nutrients_of_row))
            )
        self._mark_used([*pieces, piece])
        return named

    def _add_nutrients(
        self, piece: TextBox, nutrients: Mapping[str, float], beside: DishBuilder | None
    ) -> None:
        """Add nutrients in a box of their own to the dish beside or above."""
        dish = beside or self._dish_above(piece)
        if dish is None:
            self._loose.append(piece)
            return
        dish.nutrients |= nutrients
        dish.pieces.setdefault("nutrients", []).append(piece)
        self._mark_used([piece])

    def assign_loose(self) -> None:
        """Assign the loose boxes: headings, descriptions, or unread."""
        self._release_headings()
        if not self.dishes:
            return
        all_upper = are_upper(self.dishes)
        headings: list[TextBox] = []
        for piece in sorted(self._loose, key=lambda box: box.middle):
            text, nutrients = extract_nutrients(piece.text)
            dish = self._dish_above(piece)
            larger = piece.height > LARGER * height_around(piece, self.dishes)
            upper = text.isupper() and not all_upper and len(text) > 2
            if NOTICE.search(text):
                continue
            if nutrients:
                # A line of nutrients is no heading, whatever its letters.
                if dish:
                    self._describe(dish, piece, text, nutrients)
            elif dish and not larger and not upper and is_description(piece, text, dish):
                self._describe(dish, piece, text, nutrients)
            elif (
                (larger or upper or stands_over(piece, self.dishes))
                and len(text) < MAX_HEADING
                and is_name(text)
            ):
                headings.append(piece)
        self._name_sections(headings)

    def _release_headings(self) -> None:
        """Release headings beside a price that is not theirs: their boxes become loose."""
        released = [dish for dish in self.dishes if is_heading(dish, self.dishes)]
        self.dishes = [dish for dish in self.dishes if dish not in released]
        for dish in released:
            boxes = [box for pieces in dish.pieces.values() for box in pieces]
            self._loose += boxes
            self._used -= {id(box.line) for box in boxes}

    def _describe(
        self, dish: DishBuilder, piece: TextBox, text: str, nutrients: Mapping[str, float]
    ) -> None:
        if nutrients:
            dish.nutrients |= nutrients
            dish.pieces.setdefault("nutrients", []).append(piece)
        if CONTINUES.search(dish.name) and text and "description" not in dish.pieces:
            dish.name = f"{dish.name} {text}"[:MAX_NAME]
            dish.pieces["name"] = [*dish.pieces["name"], piece]
        elif text:
            dish.description = f"{dish.description} {text}".strip()
            dish.pieces.setdefault("description", []).append(piece)
        self._mark_used([piece])

    def _name_sections(self, headings: Sequence[TextBox]) -> None:
        """Assign each dish the lowest heading above, of those nearest to its column."""
        for dish in self.dishes:
            first_box = dish.first_box
            over = [box for box in headings if box.middle < first_box.middle - first_box.height / 4]
            if not over:
                continue
            far = {id(box): horizontal_gap(box, dish) for box in over}
            nearest = min(far.values())
            near = [box for box in over if far[id(box)] <= nearest + first_box.height / 2]
            heading = max(near, key=lambda box: box.middle)
            dish.section = heading.text.strip(" -–—*~:•")
            dish.pieces["section"] = [heading]
            self._mark_used([heading])

    def unread(self, lines: Iterable[Line]) -> list[Line]:
        """Unused lines, in their original order."""
        return [line for line in lines if id(line) not in self._used]

    def _mark_used(self, pieces: Iterable[TextBox]) -> None:
        self._used |= {id(piece.line) for piece in pieces}

    def _name_above(self, piece: TextBox) -> TextBox | None:
        """Left-aligned box of the row above."""
        near = [
            box for box in self._loose
            if 0 < piece.middle - box.middle < 1.8 * max(piece.height, box.height)
            and abs(box.left - piece.left) < NEAR * piece.height
            and not box.text.isupper()
        ]  # fmt: skip
        return max(near, key=lambda box: box.middle, default=None)

    def _dish_above(self, piece: TextBox) -> DishBuilder | None:
        """Nearest dish beside or directly above a box, within the dish's width."""
        near = []
        for dish in self.dishes:
            last = lowest_box(dish)
            gap = piece.middle - last.middle
            right = max(box.right for pieces in dish.pieces.values() for box in pieces)
            inside = last.left - NEAR * last.height < piece.left < right
            if -0.5 * last.height < gap < BELOW * max(last.height, piece.height) and inside:
                near.append((gap, abs(piece.left - last.left), id(dish), dish))
        return min(near)[3] if near else None
