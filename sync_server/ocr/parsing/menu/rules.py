"""What the texts of a menu are: dishes with prices, headings, descriptions, notices."""

import re
from collections.abc import Iterable, Sequence

from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.layout.rows import Placed
from sync_server.ocr.parsing.menu.dishes import Found, aside
from sync_server.ocr.parsing.menu.prices import currencies_in

NEAR = 2.5
"""Heights of text: pieces of a row that are nearer belong together."""
BELOW = 2.2
"""Heights: what stands nearer under a dish may belong to it."""
LARGER, SMALLER = 1.2, 0.92
MOST_NAME = 200
NOTICE = re.compile(
    r"@|www\.|https?:|\.com\b|\btel\b|phone|\d[\d ()/+-]{6,}\d|\d{1,2}[:.]\d{2}\s*[-–]|\bopen\b"
    r"|allerg|\bvat\b|\btax|service charge|\b(?:mon|tue|wed|thu|fri|sat|sun)\w*\s*[-–]"
    r"|電話|地址|專線",
    re.IGNORECASE,
)
GOES_ON = re.compile(r"(?:\b(?:with|and|in|on|of|mit|und|avec|et|con|y|e|&)|[,&+-])$", re.I)


# Of dishes, in everyday use, and written otherwise in simplified characters.
TRADITIONAL = frozenset("麵飯雞湯餃燒鍋豬鴨鵝蝦魚滷飲單點類乾煙鹹")


def chain_before(pending: Sequence[Placed], piece: Placed, name: str) -> list[Placed]:
    """The pieces right before one that hang together; the last of them may stand far from it."""
    chain = [pending[-1]]
    # A piece with a name of its own is continued only by what is near.
    if name and piece.left - pending[-1].right > piece.height / 2:
        return []
    for one in reversed(pending[:-1]):
        if chain[0].left - one.right > NEAR * one.height:
            break
        chain.insert(0, one)
    return chain


def belongs(piece: Placed, text: str, dish: Found) -> bool:
    """Whether a piece under a dish tells more of it."""
    if not text or GOES_ON.search(dish.name):
        return True
    smaller = piece.height < SMALLER * dish.place.height
    telling = text[:1].islower() or "," in text or text[:1] in "(*" or len(text.split()) > 4
    return smaller or telling or bool(dish.description)


def stands_over(piece: Placed, dishes: Sequence[Found]) -> bool:
    """Whether a dish begins right under a piece."""
    return any(
        0 < dish.place.middle - piece.middle < 3 * piece.height
        and aside(piece, dish) < NEAR * piece.height
        for dish in dishes
    )


def is_name(text: str) -> bool:
    """Whether a text has letters enough to name a dish; one is enough where letters are words."""
    letters = sum(letter.isalpha() for letter in text)
    return letters >= 2 or (letters == 1 and not text.isascii())


def continues(text: str) -> bool:
    """Whether a text begins in the middle of a name."""
    return text[:1].islower()


def only_currency(lines: Iterable[Line]) -> str | None:
    """The one currency that the page names; None for none or several."""
    found = {code for line in lines for code in currencies_in(line.text)}
    return found.pop() if len(found) == 1 else None


def is_traditional(lines: Iterable[Line]) -> bool:
    """Whether a page is in traditional characters: its `元` is the dollar of Taiwan."""
    return any(letter in TRADITIONAL for line in lines for letter in line.text)
