"""Classification rules for menu texts: names, headings, descriptions, notices."""

import re
from collections.abc import Iterable, Sequence
from statistics import median

from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.layout.rows import TextBox
from sync_server.ocr.parsing.menu.dish_builder import DishBuilder, horizontal_gap
from sync_server.ocr.parsing.menu.prices import currencies_in

NEAR = 2.5
"""Maximum gap, in text heights, between boxes of one name."""
BELOW = 2.2
"""Maximum gap, in text heights, between a dish and its description."""
LARGER, SMALLER = 1.2, 0.92
MAX_NAME = 200
MAX_HEADING = 60
NEIGHBOURS = 7
"""Number of the nearest dishes to whose letters a heading's are compared."""
NOTICE = re.compile(
    r"@|www\.|https?:|\.com\b|\btel\b|phone|\d[\d ()/+-]{6,}\d|\d{1,2}[:.]\d{2}\s*[-–]|\bopen\b"
    r"|allerg|\bvat\b|\btax|service charge|\b(?:mon|tue|wed|thu|fri|sat|sun)\w*\s*[-–]"
    r"|電話|地址|專線",
    re.IGNORECASE,
)
CONTINUES = re.compile(r"(?:\b(?:with|and|in|on|of|mit|und|avec|et|con|y|e|&)|[,&+-])$", re.I)


# Common in names of dishes; different in simplified characters.
TRADITIONAL = frozenset("麵飯雞湯餃燒鍋豬鴨鵝蝦魚滷飲單點類乾煙鹹")

TO_TRADITIONAL = str.maketrans(
    "红猪鲁饺带饭鸡汤烧锅鸭鹅虾鱼卤饮单点类烟咸凉酱鲜馄饨炖饼饱馅韩绿莲笋萝卜丝块冻卷双饮",
    "紅豬魯餃帶飯雞湯燒鍋鴨鵝蝦魚滷飲單點類煙鹹涼醬鮮餛飩燉餅飽餡韓綠蓮筍蘿蔔絲塊凍捲雙飲",
)
"""Simplified forms that engines mix into names in traditional characters."""


def chain_before(pending: Sequence[TextBox], piece: TextBox, name: str) -> list[TextBox]:
    """Adjacent boxes before a price; the gap to the price itself may be wide."""
    chain = [pending[-1]]
    # A box with a name of its own is continued only by a near box.
    if name and piece.left - pending[-1].right > piece.height / 2:
        return []
    for box in reversed(pending[:-1]):
        if chain[0].left - box.right > NEAR * box.height:
            break
        chain.insert(0, box)
    return chain


def is_description(piece: TextBox, text: str, dish: DishBuilder) -> bool:
    """True if a box below a dish is part of its description."""
    if not text or CONTINUES.search(dish.name):
        return True
    smaller = piece.height < SMALLER * dish.first_box.height
    descriptive = text[:1].islower() or "," in text or text[:1] in "(*" or len(text.split()) > 4
    return smaller or descriptive or bool(dish.description)


def stands_over(piece: TextBox, dishes: Sequence[DishBuilder]) -> bool:
    """True if a dish starts directly below a box."""
    return any(
        0 < dish.first_box.middle - piece.middle < 3 * piece.height
        and horizontal_gap(piece, dish) < NEAR * piece.height
        for dish in dishes
    )


def are_upper(dishes: Sequence[DishBuilder]) -> bool:
    """True if most names are in capitals."""
    return sum(dish.name.isupper() for dish in dishes) > len(dishes) / 2


def height_around(piece: TextBox, dishes: Sequence[DishBuilder]) -> float:
    """Median height of the nearest dishes' names: the far end of a photographed page is smaller."""
    near = sorted(dishes, key=lambda dish: abs(dish.first_box.middle - piece.middle))
    return median(dish.first_box.height for dish in near[:NEIGHBOURS])


def is_heading(dish: DishBuilder, dishes: Sequence[DishBuilder]) -> bool:
    """True for large capitals over other dishes: the price in their row is of another."""
    box, others = dish.first_box, [other for other in dishes if other is not dish]
    return (
        bool(others)
        and dish.name.isupper()
        and not are_upper(others)
        and box not in dish.pieces["price"]
        and box.height > LARGER * height_around(box, others)
        and stands_over(box, others)
    )


def is_name(text: str) -> bool:
    """True if a text has enough letters for a name; one is enough outside ASCII."""
    letters = sum(letter.isalpha() for letter in text)
    return letters >= 2 or (letters == 1 and not text.isascii())


def continues(text: str) -> bool:
    """True if a text starts in the middle of a name."""
    return text[:1].islower()


def only_currency(lines: Iterable[Line]) -> str | None:
    """The only currency on the page; None for none or several."""
    codes = {code for line in lines for code in currencies_in(line.text)}
    return codes.pop() if len(codes) == 1 else None


def is_traditional(lines: Iterable[Line]) -> bool:
    """True for a page in traditional characters, whose `元` is TWD."""
    return any(letter in TRADITIONAL for line in lines for letter in line.text)
