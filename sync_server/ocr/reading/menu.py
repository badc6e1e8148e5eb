"""Menus: from lines of text to dishes with their sections, prices and nutrients."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from sync_server.ocr.reading.drafts import Dish, Menu, Seen
from sync_server.ocr.reading.lines import Box, Line
from sync_server.ocr.reading.nutrients import take_nutrients
from sync_server.ocr.reading.prices import Price, currencies_in, split_price, without_leader
from sync_server.ocr.reading.rows import Placed, Row, rows, straightened

NEAR = 2.5
"""Heights of text: pieces of a row that are nearer belong together."""
BELOW = 2.2
"""Heights: what stands nearer under a dish may belong to it."""
LARGER, SMALLER = 1.2, 0.92
MOST_NAME = 200
_SIZE = r"(?:x?small|medium|regular|large|klein|mittel|gro(?:ß|ss)|petit|grand|小|中|大|[SML]|XL)"
_SIZES = re.compile(rf"^(.*?)[\s,(]*({_SIZE})[).:\s]*$", re.IGNORECASE)
_AND_ANOTHER = re.compile(r"\s*[/|;]\s*(?=\D*\d)")
_NOTICE = re.compile(
    r"@|www\.|https?:|\.com\b|\btel\b|phone|\d[\d ()/+-]{6,}\d|\d{1,2}[:.]\d{2}\s*[-–]|\bopen\b"
    r"|allerg|\bvat\b|\btax|service charge|\b(?:mon|tue|wed|thu|fri|sat|sun)\w*\s*[-–]"
    r"|電話|地址|專線",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"(?:\b(?:with|and|in|on|of|mit|und|avec|et|con|y|e|&)|[,&+-])$", re.I)


@dataclass(slots=True)
class _Found:
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


def read_menu(lines: Sequence[Line]) -> Menu:
    """The dishes of a menu, each line in one of them or in `unread`."""
    page = _Page()
    for row in rows(straightened(lines)):
        page.read(row)
    page.settle()
    only = _only_currency(lines)
    return Menu(tuple(_dish(found, only) for found in page.dishes), tuple(page.unread(lines)))


class _Page:
    """What has been read so far, from the top."""

    def __init__(self) -> None:
        self.dishes: list[_Found] = []
        self._loose: list[Placed] = []
        self._used: set[int] = set()

    def read(self, row: Row) -> None:
        """Read a row: whatever stands before a price is its dish, the rest waits."""
        pending: list[Placed] = []
        for piece in row:
            text, nutrients = take_nutrients(piece.text)
            priced = None if _NOTICE.search(text) else _priced(text)
            if priced:
                name, prices = priced
                before = _chain(pending, piece) if pending else []
                self._loose += [it for it in pending if it not in before]
                self._add(before, piece, name, prices, nutrients)
                pending = []
            elif nutrients and not pending and not text:
                self._give(piece, nutrients)
            else:
                pending.append(piece)
        self._loose += pending

    def _add(
        self,
        before: list[Placed],
        piece: Placed,
        name: str,
        prices: Sequence[tuple[str, Price]],
        nutrients: Mapping[str, float],
    ) -> None:
        """A dish for each price; those without a name are given to what is above."""
        told: dict[str, float] = dict(nutrients)
        words = []
        for one in before:
            text, more = take_nutrients(one.text)
            told |= more
            words.append(without_leader(text))
        whole = " ".join(filter(None, [*words, name])).strip()
        named = [*before, piece] if name else list(before)
        if not _is_name(whole) or _continues(whole):
            above = self._above(before[0] if before else piece)
            if above is not None:
                self._loose.remove(above)
                whole = f"{above.text} {whole}".strip()
                named = [above, *named]
        if not _is_name(whole):
            self._loose += [*before, piece]
            return
        for label, price in prices:
            pieces = {"name": named, "price": [piece]}
            if told:
                pieces["nutrients"] = [*before, piece]
            sized = f"{whole} ({label})" if label else whole
            self.dishes.append(_Found(sized[:MOST_NAME], price, pieces, dict(told)))
        self._use([*named, piece])

    def _give(self, piece: Placed, nutrients: Mapping[str, float]) -> None:
        """Nutrients that stand alone belong to the dish beside or above them."""
        dish = self._dish_above(piece)
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
            if _NOTICE.search(text):
                continue
            if dish and not larger and not loud and _belongs(piece, text, dish):
                self._describe(dish, piece, text, nutrients)
            elif (larger or loud or _stands_over(piece, self.dishes)) and len(text) < 60:
                headings.append(piece)
        self._name_sections(headings)

    def _describe(
        self, dish: _Found, piece: Placed, text: str, nutrients: Mapping[str, float]
    ) -> None:
        if nutrients:
            dish.nutrients |= nutrients
            dish.pieces.setdefault("nutrients", []).append(piece)
        if _GOES_ON.search(dish.name) and text and "description" not in dish.pieces:
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
            aside = {id(it): _aside(it, dish) for it in over}
            nearest = min(aside.values())
            near = [it for it in over if aside[id(it)] <= nearest + place.height / 2]
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

    def _dish_above(self, piece: Placed) -> _Found | None:
        """The nearest dish that a piece stands beside or right under, within its width."""
        near = []
        for dish in self.dishes:
            last = _last(dish)
            gap = piece.middle - last.middle
            right = max(it.right for pieces in dish.pieces.values() for it in pieces)
            inside = last.left - NEAR * last.height < piece.left < right
            if -0.5 * last.height < gap < BELOW * max(last.height, piece.height) and inside:
                near.append((gap, abs(piece.left - last.left), id(dish), dish))
        return min(near)[3] if near else None


def _last(dish: _Found) -> Placed:
    """The lowest piece of a dish that its column begins with."""
    pieces = [it for name in ("name", "description") for it in dish.pieces.get(name, [])]
    return max(pieces or [dish.place], key=lambda it: it.middle)


def _priced(text: str) -> tuple[str, list[tuple[str, Price]]] | None:
    """The name of a text that ends with a price, and its prices with the sizes they are of."""
    found = split_price(text)
    if found is None:
        return None
    parts = _AND_ANOTHER.split(text)
    split = [split_price(part) for part in parts]
    if len(parts) > 1 and all(split):
        prices, name = [], ""
        for number, one in enumerate(split):
            assert one is not None
            words, price = one
            sized = _SIZES.match(words)
            if number == 0:
                name = sized[1] if sized else words
            prices.append((sized[2] if sized else ("" if number == 0 else words), price))
        return name.strip(" ,("), prices
    name, price = found
    return name, [("", price)]


def _chain(pending: Sequence[Placed], piece: Placed) -> list[Placed]:
    """The pieces right before one that hang together; the last of them may stand far from it."""
    chain = [pending[-1]]
    split = split_price(piece.text)
    # A piece with a name of its own is continued only by what is near.
    if split and split[0] and piece.left - pending[-1].right > piece.height / 2:
        return []
    for one in reversed(pending[:-1]):
        if chain[0].left - one.right > NEAR * one.height:
            break
        chain.insert(0, one)
    return chain


def _belongs(piece: Placed, text: str, dish: _Found) -> bool:
    """Whether a piece under a dish tells more of it."""
    if not text or _GOES_ON.search(dish.name):
        return True
    smaller = piece.height < SMALLER * dish.place.height
    telling = text[:1].islower() or "," in text or text[:1] in "(*" or len(text.split()) > 4
    return smaller or telling or bool(dish.description)


def _stands_over(piece: Placed, dishes: Sequence[_Found]) -> bool:
    """Whether a dish begins right under a piece."""
    return any(
        0 < dish.place.middle - piece.middle < 3 * piece.height
        and _aside(piece, dish) < NEAR * piece.height
        for dish in dishes
    )


def _aside(piece: Placed, dish: _Found) -> float:
    """How far a piece stands beside a dish's column; 0 over it."""
    pieces = [*dish.pieces.get("name", []), *dish.pieces.get("price", [])]
    left, right = min(it.left for it in pieces), max(it.right for it in pieces)
    return max(0.0, piece.left - right, left - piece.right)


def _is_name(text: str) -> bool:
    letters = sum(letter.isalpha() for letter in text)
    return letters >= 2 or (letters == 1 and not text.isascii())


def _continues(text: str) -> bool:
    return text[:1].islower()


def _only_currency(lines: Iterable[Line]) -> str | None:
    """The one currency that the page names; None for none or several."""
    found = {code for line in lines for code in currencies_in(line.text)}
    return found.pop() if len(found) == 1 else None


def _dish(found: _Found, only: str | None) -> Dish:
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
