"""Prices of several portion sizes: `Wine 0,1l 3.50 0,2l 6.50`, `Salad small 7.50 / large 9.80`."""

import re
from typing import TypeAlias

from sync_server.ocr.parsing.menu.prices import SIGN, Price, split_price

Portions: TypeAlias = list[tuple[str, Price]]
"""Prices with their size labels; the label may be empty."""

_WORD = (
    r"x?small|medium|regular|large|klein|mittel|gro(?:ß|ss)|petit|grand|glass|bottle|glas|flasche"
    r"|小|中|大|[SML]|XL"
)
_MEASURE = (
    r"\d{1,4}(?:[.,]\d{1,2})?\s?(?:ml|cl|dl|l|ltr|liter|oz|gr?|kg|pcs?|pieces?|stk|stück|szt)\b\.?"
)
_SIZE = rf"(?:{_WORD}|{_MEASURE})"
_IS_SIZE = re.compile(rf"[\s(]*({_SIZE})[).:\s]*", re.IGNORECASE)
_ENDS_WITH_SIZE = re.compile(rf"(.*?)(?:^|[\s,(]+)({_SIZE})[).:\s]*", re.IGNORECASE)
_CENTS = rf"(?:(?:{SIGN})\s?)?\d{{1,4}}[.,]\d{{2}}(?!\d)(?:\s?(?:{SIGN}))?"
_ONE = re.compile(rf"({_SIZE})[\s):.…·]+({_CENTS})", re.IGNORECASE)
_IN_A_ROW = re.compile(
    rf"(.*?)(?:^|[\s,(:]+)((?:{_SIZE}[\s):.…·]+{_CENTS}[\s,;/|(]*){{2,}})", re.IGNORECASE
)
_AND_ANOTHER = re.compile(r"\s*[/|;]\s*(?=\D*\d)")
_HAS_CENTS = re.compile(rf".*(?<![\d.,]){_CENTS}\s*", re.IGNORECASE)


def parse_prices(text: str) -> tuple[str, Portions] | None:
    """Name and prices of a text that ends with a price, else None.

    The name is empty for a price alone, or a size with its price.
    """
    row = _IN_A_ROW.fullmatch(text)
    if row:
        return row[1], [(size, _price(price)) for size, price in _ONE.findall(row[2])]
    parts = _AND_ANOTHER.split(text)
    split = [split_price(part) for part in parts]
    if len(parts) > 1 and all(split) and (split_price(text) or has_cents(text)):
        prices: Portions = []
        name = ""
        for number, part in enumerate(split):
            assert part is not None
            words, price = part
            sized = _ENDS_WITH_SIZE.fullmatch(words)
            if number == 0:
                name = sized[1] if sized else words
            prices.append((sized[2] if sized else ("" if number == 0 else words), price))
        return name.strip(" ,("), prices
    match = split_price(text)
    if match is None:
        return None
    name, price = match
    size = _IS_SIZE.fullmatch(name)
    return ("", [(size[1], price)]) if size else (name, [("", price)])


def has_cents(text: str) -> bool:
    """True if a text ends with a price with cents, which cannot be a count."""
    return bool(_HAS_CENTS.fullmatch(text))


def _price(text: str) -> Price:
    match = split_price(text)
    assert match is not None
    return match[1]
