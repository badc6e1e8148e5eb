"""Prices as menus print them: the amount, its currency, and what stands before it."""

import re
from dataclasses import dataclass

# Longer signs first: `NT$` is not `$`. A bare `$` is taken for the dollar of the United States.
SIGNS = {
    "NT$": "TWD", "HK$": "HKD", "US$": "USD", "A$": "AUD", "C$": "CAD", "R$": "BRL", "S$": "SGD",
    "Rs.": "INR", "Kč": "CZK", "CHF": "CHF", "SFr.": "CHF", "Fr.": "CHF", "EUR": "EUR",
    "USD": "USD", "GBP": "GBP", "JPY": "JPY", "CNY": "CNY", "RMB": "CNY", "TWD": "TWD",
    "SEK": "SEK", "NOK": "NOK", "DKK": "DKK", "PLN": "PLN", "CZK": "CZK", "INR": "INR",
    "KRW": "KRW", "zł": "PLN", "kr.": "SEK", "kr": "SEK", "€": "EUR", "$": "USD", "£": "GBP",
    "¥": "JPY", "￥": "JPY", "円": "JPY", "元": "CNY", "₩": "KRW", "원": "KRW", "₹": "INR",
    "₺": "TRY", "TL": "TRY", "TRY": "TRY", "฿": "THB", "THB": "THB", "₫": "VND", "VND": "VND",
    "Rp.": "IDR", "Rp": "IDR", "IDR": "IDR", "RM": "MYR", "MYR": "MYR", "₱": "PHP", "PHP": "PHP",
    "NZ$": "NZD", "AU$": "AUD", "Ft": "HUF", "HUF": "HUF", "lei": "RON", "RON": "RON", "₽": "RUB",
    "руб.": "RUB", "euros": "EUR", "euro": "EUR", "đ": "VND", "S/": "PEN",
    "₪": "ILS", "AED": "AED", "₴": "UAH",
}  # fmt: skip
_BY_SIGN = {sign.casefold(): code for sign, code in SIGNS.items()}
SIGN = "|".join(
    # Letters are no sign at the end of a word: `Kraft 12` is not in forints.
    (r"(?<![^\W\d_])" if sign[0].isalpha() else "") + re.escape(sign)
    for sign in sorted(SIGNS, key=len, reverse=True)
)
"""The pattern of a currency's sign."""
_AMOUNT = r"\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d{1,2})?|\d{1,6}(?:[.,]\d{1,2})?"
# `12.-` and `12,–` are whole amounts.
_PRICE = (
    rf"(?P<before>{SIGN})?\s*(?P<amount>{_AMOUNT})(?P<dash>[.,:/]?[-–—]+)?\s*(?P<after>{SIGN})?"
)
_AT_END = re.compile(rf"(?<![\d.,])(?<!\d[/x×:])\s*{_PRICE}\s*$", re.IGNORECASE)
_ALONE = re.compile(rf"\s*{_PRICE}\s*", re.IGNORECASE)
# Behind a price: marks of footnotes and of what is in it.
_TAIL = re.compile(
    r"\s*(?:[*†‡]+|[¹²³⁴]+|\((?:[A-Za-z]{1,3}|\d{1,2})(?:[, ]+\w{1,3})*\)|\(?税[込抜]\)?)\s*$"
)
_SIGN_ALONE = re.compile(rf"(?<![A-Za-z])(?:{SIGN})(?![A-Za-z])", re.IGNORECASE)
_LEADER = re.compile(r"\s*(?:[.·…‥_•∙⋯]\s*){2,}\s*|\s+[-–—]+\s*$|\s*[:|]\s*$")
# Engines take letters for digits where a price stands alone.
_SLIPS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "，": ",", "．": "."})
_DOLLAR = re.compile(r"(?<![A-Za-z])S(?=\d{1,4}[.,]\d{2}\b)")
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """An amount of money; `currency` is an ISO 4217 code, None where none was printed."""

    amount: float
    currency: str | None


def split_price(text: str) -> tuple[str, Price] | None:
    """The text before the price at its end, and the price; None when it ends with none.

    `Soup ..... 4,50 €` is `Soup` and 4.5 EUR; `三寶牛肉麵180` is `三寶牛肉麵` and 180.
    """
    alone = text.translate(_SLIPS).strip()
    if _ALONE.fullmatch(alone) and any(letter.isdigit() for letter in text):
        text = alone
    text = _DOLLAR.sub("$", text.replace("，", ","))
    found = _AT_END.search(text) or _AT_END.search(_TAIL.sub("", text))
    if found is None:
        return None
    before = text[: found.start()]
    signed = bool(found["before"] or found["after"] or found["dash"])
    if not signed and _is_no_price(before, found["amount"]):
        return None
    amount = read_amount(found["amount"])
    sign = found["before"] or found["after"]
    if amount > MOST:
        return None
    return without_leader(before), Price(amount, _BY_SIGN[sign.casefold()] if sign else None)


def read_amount(text: str) -> float:
    """The number: its last point or comma is decimal unless three digits follow it."""
    text = re.sub(r"['’ ]", "", text)
    head, _, tail = re.sub(r"[.,](?=\d{1,2}$)", "|", text).partition("|")
    return float(f"{re.sub(r'[.,]', '', head)}.{tail or 0}")


def without_leader(text: str) -> str:
    """The text without the dots that lead from a name to its price."""
    return _LEADER.sub(" ", text).strip().strip(".…·").strip()


def currencies_in(text: str) -> set[str]:
    """The currencies whose signs a text has, with or without an amount."""
    return {_BY_SIGN[sign.casefold()] for sign in _SIGN_ALONE.findall(text)}


def _is_no_price(before: str, amount: str) -> bool:
    """Whether a bare number belongs to the words before it: `No. 7`, `Menu 2`, `for 2`, `+4`."""
    words = before.split()
    last = words[-1].casefold().rstrip(".:#") if words else ""
    if before.rstrip().endswith(("+", "#", "(", "/", "*", "&", "%")):
        return True
    whole = "." not in amount and "," not in amount
    return whole and last in {
        "seit",
        "since",
        "est",
        "anno",
        "page",
        "seite",
        "no",
        "nr",
        "number",
        "for",
        "für",
        "menu",
        "table",
        "pour",
        "para",
    }
