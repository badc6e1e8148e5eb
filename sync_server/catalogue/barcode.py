"""Barcodes of foods: GTINs, with several equivalent spellings of one article."""

import re

_SEPARATORS = re.compile(r"[\s-]+")
_DIGITS = re.compile(r"[0-9]+")
# A UPC-E is a UPC-A of 11 digits without its zeros; its last digit encodes their position.
_EXPANSIONS = (
    (re.compile(r"([01])(..)(...)([012])"), r"\g<1>\g<2>\g<4>0000\g<3>"),
    (re.compile(r"([01])(...)(..)3"), r"\g<1>\g<2>00000\g<3>"),
    (re.compile(r"([01])(....)(.)4"), r"\g<1>\g<2>00000\g<3>"),
    (re.compile(r"([01])(.....)([5-9])"), r"\g<1>\g<2>0000\g<3>"),
)
_COMPRESSIONS = (
    (re.compile(r"00([01])(..)([012])0000(...)"), r"\g<1>\g<2>\g<4>\g<3>"),
    (re.compile(r"00([01])(...)00000(..)"), r"\g<1>\g<2>\g<3>3"),
    (re.compile(r"00([01])(....)00000(.)"), r"\g<1>\g<2>\g<3>4"),
    (re.compile(r"00([01])(.....)0000([5-9])"), r"\g<1>\g<2>\g<3>"),
)


class BadBarcode(ValueError):
    """Invalid barcode, with the reason."""


def spellings(text: str) -> list[str]:
    """Equivalent numbers of an article, without leading zeros.

    Accepts EAN-8, UPC-E, UPC-A, EAN-13 and GTIN-14, with or without spaces and hyphens; raises
    BadBarcode. A UPC-A is the EAN-13 that begins with 0.
    """
    digits = _SEPARATORS.sub("", text)
    if not _DIGITS.fullmatch(digits) or not digits.strip("0"):
        raise BadBarcode("A barcode is digits, not all of them zero.")
    if len(digits) not in (8, 12, 13, 14):
        raise BadBarcode("A barcode has 8, 12, 13 or 14 digits.")
    read = [digits] if digits[-1] == check_digit(digits[:-1]) else []
    expanded = _rewritten(digits[:-1], _EXPANSIONS) if len(digits) == 8 else None
    if expanded and check_digit(expanded) == digits[-1]:
        read.append(expanded + digits[-1])
    if not read:
        raise BadBarcode("The last digit does not check the others.")
    for number in tuple(read):
        # Zeros at the left make a GTIN-14 of any of them; 14 digits from 00 on are a UPC-A.
        short = _rewritten(number.zfill(14)[:-1], _COMPRESSIONS)
        if short:
            read.append(short + number[-1])
    return sorted({number.lstrip("0") for number in read})


def check_digit(body: str) -> str:
    """Check digit of GS1 (General Specifications, 7.9): weights 3 and 1 alternate."""
    weighed = sum(
        int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(body))
    )
    return str(-weighed % 10)


def _rewritten(body: str, rules: tuple[tuple[re.Pattern[str], str], ...]) -> str | None:
    for pattern, form in rules:
        if found := pattern.fullmatch(body):
            return found.expand(form)
    return None
