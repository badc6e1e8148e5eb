"""Price parser for menus: amount, currency, and the text before."""

import re
from dataclasses import dataclass

# Longer signs first: `NT$` is not `$`. A bare `$` is USD.
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
"""Pattern of a currency sign."""
_AMOUNT = r"\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d{1,2})?|\d{1,6}(?:[.,]\d{1,2})?"
# `12.-` and `12,–` are whole amounts.
_PRICE = (
    rf"(?P<before>{SIGN})?\s*(?P<amount>{_AMOUNT})(?P<dash>[.,:/]?[-–—]+)?\s*(?P<after>{SIGN})?"
)
_AT_END = re.compile(rf"(?<![\d.,])(?<!\d[/x×:])\s*{_PRICE}\s*$", re.IGNORECASE)
_ALONE = re.compile(rf"\s*{_PRICE}\s*", re.IGNORECASE)
# After a price: marks of footnotes and allergens.
_TAIL = re.compile(
    r"\s*(?:[*†‡]+|[¹²³⁴]+|\((?:[A-Za-z]{1,3}|\d{1,2})(?:[, ]+\w{1,3})*\)|\(?税[込抜]\)?)\s*$"
)
_SIGN_ALONE = re.compile(rf"(?<![A-Za-z])(?:{SIGN})(?![A-Za-z])", re.IGNORECASE)
_LEADER = re.compile(r"\s*(?:[.·…‥_•∙⋯]\s*){2,}\s*|\s+[-–—]+\s*$|\s*[:|]\s*$")
# Engines take letters for digits where a price stands alone.
_MISREADS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "，": ",", "．": "."})
_DOLLAR = re.compile(r"(?<![A-Za-z])S(?=\d{1,4}[.,]\d{2}\b)")
MAX_PRICE = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Amount of money; `currency` is an ISO 4217 code, None if not printed."""

    amount: float
    currency: str | None


def split_price(text: str) -> tuple[str, Price] | None:
    """Text before the price at the end, and the price; None without a price.

    `Soup ..... 4,50 €` is `Soup` and 4.5 EUR; `三寶牛肉麵180` is `三寶牛肉麵` and 180.
    """
    alone = text.translate(_MISREADS).strip()
    if _ALONE.fullmatch(alone) and any(letter.isdigit() for letter in text):
        text = alone
    text = _DOLLAR.sub("$", text.replace("，", ","))
    match = _AT_END.search(text) or _AT_END.search(_TAIL.sub("", text))
    if match is None:
        return None
    before = text[: match.start()]
    signed = bool(match["before"] or match["after"] or match["dash"])
    if not signed and _is_no_price(before, match["amount"]):
        return None
    amount = read_amount(match["amount"])
    sign = match["before"] or match["after"]
    if amount > MAX_PRICE:
        return None
    return without_leader(before), Price(amount, _BY_SIGN[sign.casefold()] if sign else None)


def read_amount(text: str) -> float:
    """Parse a number: its last point or comma is decimal unless three digits follow."""
    text = re.sub(r"['’ ]", "", text)
    head, _, tail = re.sub(r"[.,](?=\d{1,2}$)", "|", text).partition("|")
    return float(f"{re.sub(r'[.,]', '', head)}.{tail or 0}")


def without_leader(text: str) -> str:
    """Text without the leader dots between a name and its price."""
    return _LEADER.sub(" ", text).strip().strip(".…·").strip()


def currencies_in(text: str) -> set[str]:
    """Currencies whose signs occur in a text, with or without an amount."""
    return {_BY_SIGN[sign.casefold()] for sign in _SIGN_ALONE.findall(text)}


def _is_no_price(before: str, amount: str) -> bool:
    """True if a bare number belongs to the words before it: `No. 7`, `Menu 2`, `for 2`, `+4`."""
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
