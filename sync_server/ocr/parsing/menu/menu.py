"""Menus: from lines of text to dishes with their sections, prices and nutrients."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import TypeAlias

from sync_server.ocr.parsing.drafts import Menu
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.layout.rows import Placed, Row, rows, straightened
from sync_server.ocr.parsing.menu.dishes import Found, aside, by_section, dish_of, lowest
from sync_server.ocr.parsing.menu.nutrients import take_nutrients
from sync_server.ocr.parsing.menu.portions import Portions, has_cents, priced_text
from sync_server.ocr.parsing.menu.prices import without_leader
from sync_server.ocr.parsing.menu.rules import (
    BELOW,
    GOES_ON,
    LARGER,
    MOST_NAME,
    NEAR,
    NOTICE,
    belongs,
    chain_before,
    continues,
    is_name,
    is_traditional,
    only_currency,
    stands_over,
)

Named: TypeAlias = tuple[str, list[Placed]]
"""A name and the pieces that it was read in."""


def read_menu(lines: Sequence[Line]) -> Menu:
    """The dishes of a menu, each line in one of them or in `unread`."""
    page = _Page()
    for row in rows(straightened(lines)):
        page.read(row)
    page.settle()
    only = only_currency(lines)
    drafts = [dish_of(found, only) for found in by_section(page.dishes)]
    if is_traditional(lines):
        drafts = [replace(it, currency="TWD") if it.currency == "CNY" else it for it in drafts]
    return Menu(tuple(drafts), tuple(page.unread(lines)))


class _Page:
    """What has been read so far, from the top."""

    def __init__(self) -> None:
        self.dishes: list[Found] = []
        self._loose: list[Placed] = []
        self._used: set[int] = set()

    def read(self, row: Row) -> None:
        """Read a row: whatever stands before a price is its dish, the rest waits."""
        pending: list[Placed] = []
        named: Named | None = None
        for piece in row:
            text, nutrients = take_nutrients(piece.text)
            priced = None if NOTICE.search(text) else priced_text(text)
            if priced:
                name, prices = priced
                before = chain_before(pending, piece, name) if pending else []
                self._loose += [it for it in pending if it not in before]
                another = not before and not name and has_cents(text)
                whole = named if another and named else self._named(before, piece, name)
                named = self._add(whole, before, piece, prices, nutrients)
                pending = []
            elif nutrients and not pending and not text:
                self._give(piece, nutrients, self.dishes[-1] if named else None)
            else:
                pending.append(piece)
        self._loose += pending

    def _named(self, before: list[Placed], piece: Placed, name: str) -> Named | None:
        """What is sold at a price, in the words before it or else above."""
        words = (without_leader(take_nutrients(one.text)[0]) for one in before)
        whole = " ".join(filter(None, [*words, name])).strip()
        pieces = [*before, piece] if name else list(before)
        if not is_name(whole) or continues(whole):
            above = self._above(before[0] if before else piece)
            if above is not None:
                self._loose.remove(above)
                whole, pieces = f"{above.text} {whole}".strip(), [above, *pieces]
        return (whole, pieces) if is_name(whole) else None

    def _add(
        self,
        named: Named | None,
        before: list[Placed],
        piece: Placed,
        prices: Portions,
        nutrients: Mapping[str, float],
    ) -> Named | None:
        """A dish for each price; without a name they are not understood."""
        if named is None:
            self._loose += [*before, piece]
            return None
        whole, pieces = named
        told = dict(nutrients)
        for one in before:
            told |= take_nutrients(one.text)[1]
        for label, price in prices:
            seen = {"name": pieces, "price": [piece]}
            if told:
                seen["nutrients"] = [*before, piece]
            sized = f"{whole} ({label})" if label else whole
            self.dishes.append(Found(sized[:MOST_NAME], price, seen, dict(told)))
        self._use([*pieces, piece])
        return named

    def _give(self, piece: Placed, nutrients: Mapping[str, float], beside: Found | None) -> None:
        """Nutrients that stand alone belong to the dish beside or above them."""
        dish = beside or self._dish_above(piece)
        if dish is None:
            self._loose.append(piece)
            return
        dish.nutrients |= nutrients
        dish.pieces.setdefault("nutrients", []).append(piece)
        self._use([piece])

    def settle(self) -> None:
        """Say what the pieces without a price are: headings, descriptions, or nothing."""
        if not self.dishes:
            return
        height = median(dish.place.height for dish in self.dishes)
        shouting = sum(dish.name.isupper() for dish in self.dishes) > len(self.dishes) / 2
        headings: list[Placed] = []
        for piece in sorted(self._loose, key=lambda it: it.middle):
            text, nutrients = take_nutrients(piece.text)
            dish = self._dish_above(piece)
            larger = piece.height > LARGER * height
            loud = text.isupper() and not shouting and len(text) > 2
            if NOTICE.search(text):
                continue
            if dish and not larger and not loud and belongs(piece, text, dish):
                self._describe(dish, piece, text, nutrients)
            elif (larger or loud or stands_over(piece, self.dishes)) and len(text) < 60:
                headings.append(piece)
        self._name_sections(headings)

    def _describe(
        self, dish: Found, piece: Placed, text: str, nutrients: Mapping[str, float]
    ) -> None:
        if nutrients:
            dish.nutrients |= nutrients
            dish.pieces.setdefault("nutrients", []).append(piece)
        if GOES_ON.search(dish.name) and text and "description" not in dish.pieces:
            dish.name = f"{dish.name} {text}"[:MOST_NAME]
            dish.pieces["name"] = [*dish.pieces["name"], piece]
        elif text:
            dish.description = f"{dish.description} {text}".strip()
            dish.pieces.setdefault("description", []).append(piece)
        self._use([piece])

    def _name_sections(self, headings: Sequence[Placed]) -> None:
        """A dish is of the lowest heading over it, of those that stand nearest to its column."""
        for dish in self.dishes:
            place = dish.place
            over = [it for it in headings if it.middle < place.middle - place.height / 4]
            if not over:
                continue
            far = {id(it): aside(it, dish) for it in over}
            nearest = min(far.values())
            near = [it for it in over if far[id(it)] <= nearest + place.height / 2]
            heading = max(near, key=lambda it: it.middle)
            dish.section = heading.text.strip(" -–—*~:•")
            dish.pieces["section"] = [heading]
            self._use([heading])

    def unread(self, lines: Iterable[Line]) -> list[Line]:
        """The lines that no dish holds, in the order they came."""
        return [line for line in lines if id(line) not in self._used]

    def _use(self, pieces: Iterable[Placed]) -> None:
        self._used |= {id(piece.line) for piece in pieces}

    def _above(self, piece: Placed) -> Placed | None:
        """The piece of the row above that begins where this one does."""
        near = [
            it for it in self._loose
            if 0 < piece.middle - it.middle < 1.8 * max(piece.height, it.height)
            and abs(it.left - piece.left) < NEAR * piece.height
            and not it.text.isupper()
        ]  # fmt: skip
        return max(near, key=lambda it: it.middle, default=None)

    def _dish_above(self, piece: Placed) -> Found | None:
        """The nearest dish that a piece stands beside or right under, within its width."""
        near = []
        for dish in self.dishes:
            last = lowest(dish)
            gap = piece.middle - last.middle
            right = max(it.right for pieces in dish.pieces.values() for it in pieces)
            inside = last.left - NEAR * last.height < piece.left < right
            if -0.5 * last.height < gap < BELOW * max(last.height, piece.height) and inside:
                near.append((gap, abs(piece.left - last.left), id(dish), dish))
        return min(near)[3] if near else None
