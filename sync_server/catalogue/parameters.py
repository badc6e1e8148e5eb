"""Search queries, parsed from query parameters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sync_server.catalogue.barcode import BadBarcode, spellings
from sync_server.catalogue.words import normalize_words
from sync_server.web.errors import InvalidParameter

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
MAX_TEXT = 200
MAX_WORDS = 32
FOOD_FILTERS = ("barcode",)
EXERCISE_FILTERS = ("muscle", "equipment", "category")

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Search query. `words` is None if only filters are given; filters are in lower case.

    `text` is what the user typed.
    """

    words: str | None
    limit: int = DEFAULT_LIMIT
    filters: Mapping[str, str] = field(default_factory=dict)
    barcodes: list[str] | None = None
    text: str = ""


def read_search_query(pairs: Pairs, filters: tuple[str, ...]) -> SearchQuery:
    """Search query with these filters; raises InvalidParameter."""
    given = read_given(pairs, ("q", "limit", *filters))
    text = given.get("q", "").strip()
    named = {name: given[name].strip() for name in filters if given.get(name, "").strip()}
    if not text and not named:
        raise invalid("q", f"One of {', '.join(('q', *filters))} is needed.")
    words = normalize_words(text)
    if words.count(" ") >= MAX_WORDS:
        raise invalid("q", f"At most {MAX_WORDS} words.")
    barcode = named.pop("barcode", None)
    return SearchQuery(
        words=words if text else None,
        limit=_limit(given.get("limit")),
        filters={name: text.casefold() for name, text in named.items()},
        barcodes=read_barcode("barcode", barcode) if barcode else None,
        text=text,
    )


def read_given(pairs: Pairs, names: tuple[str, ...]) -> dict[str, str]:
    """Parameters by name; raises InvalidParameter for unknown, repeated or overlong ones."""
    given: dict[str, str] = {}
    for name, text in pairs:
        if name not in names:
            raise invalid("query", f"The parameters are {', '.join(names)}.")
        if name in given:
            raise invalid(name, "Given more than once.")
        if len(text) > MAX_TEXT or "\0" in text:
            raise invalid(name, f"At most {MAX_TEXT} characters, without NUL.")
        given[name] = text
    return given


def read_barcode(name: str, text: str) -> list[str]:
    """Equivalent spellings of a barcode; raises InvalidParameter."""
    try:
        return spellings(text)
    except BadBarcode as error:
        raise invalid(name, str(error)) from None


def invalid(name: str, reason: str) -> InvalidParameter:
    """Error of a parameter."""
    return InvalidParameter(f"{name}: {reason}", errors={name: [reason]})


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MAX_LIMIT):
        raise invalid("limit", f"Must be a whole number from 1 to {MAX_LIMIT}.")
    return int(text)
