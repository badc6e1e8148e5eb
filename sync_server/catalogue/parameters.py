"""What a search asks for, read from query parameters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sync_server.catalogue.barcode import BadBarcode, spellings
from sync_server.catalogue.words import plain
from sync_server.web.errors import InvalidParameter

DEFAULT_LIMIT, MOST_LIMIT = 20, 100
MOST_TEXT = 200
MOST_WORDS = 32
FOOD_FILTERS = ("barcode",)
EXERCISE_FILTERS = ("muscle", "equipment", "category")

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """A search. `words` is None when only filters were given; filters are in lower case."""

    words: str | None
    limit: int = DEFAULT_LIMIT
    filters: Mapping[str, str] = field(default_factory=dict)
    barcodes: list[str] | None = None


def read_question(pairs: Pairs, filters: tuple[str, ...]) -> Question:
    """Check the parameters of a search with these filters; raises InvalidParameter."""
    given = read_given(pairs, ("q", "limit", *filters))
    asked = given.get("q", "").strip()
    named = {name: given[name].strip() for name in filters if given.get(name, "").strip()}
    if not asked and not named:
        raise invalid("q", f"One of {', '.join(('q', *filters))} is needed.")
    words = plain(asked)
    if words.count(" ") >= MOST_WORDS:
        raise invalid("q", f"At most {MOST_WORDS} words.")
    barcode = named.pop("barcode", None)
    return Question(
        words=words if asked else None,
        limit=_limit(given.get("limit")),
        filters={name: text.casefold() for name, text in named.items()},
        barcodes=read_barcode("barcode", barcode) if barcode else None,
    )


def read_given(pairs: Pairs, names: tuple[str, ...]) -> dict[str, str]:
    """The parameters by name, each known, given once and no longer than text may be."""
    given: dict[str, str] = {}
    for name, text in pairs:
        if name not in names:
            raise invalid("query", f"The parameters are {', '.join(names)}.")
        if name in given:
            raise invalid(name, "Given more than once.")
        if len(text) > MOST_TEXT or "\0" in text:
            raise invalid(name, f"At most {MOST_TEXT} characters, without NUL.")
        given[name] = text
    return given


def read_barcode(name: str, text: str) -> list[str]:
    """Every spelling of a barcode, as stored barcodes are compared; raises InvalidParameter."""
    try:
        return spellings(text)
    except BadBarcode as error:
        raise invalid(name, str(error)) from None


def invalid(name: str, reason: str) -> InvalidParameter:
    """The refusal of a parameter."""
    return InvalidParameter(f"{name}: {reason}", errors={name: [reason]})


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST_LIMIT):
        raise invalid("limit", f"Must be a whole number from 1 to {MOST_LIMIT}.")
    return int(text)
