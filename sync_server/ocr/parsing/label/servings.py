"""Serving sizes on labels: `Serving size 2/3 cup (55g)`, `je Portion (30 g)`, `per 30 g`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sync_server.ocr.parsing.label.amounts import read_number

SERVING_WORDS = (
    r"servings?|serv\.?|portion(?:en|s|sgr[oö](?:ß|ss)e|sgrose|sgroße)?|racion(?:es)?|porcion(?:es)?|porzion[ei]"
    r"|porties?|porc[ao]es|porcao|dose|porcja"
)
_WEIGHT = r"(?P<grams>\d{1,4}(?:[.,]\d{1,2})?)\s*(?P<unit>g|ml|9(?=\)))(?![a-z])"
_NAMED = re.compile(
    rf"(?:{SERVING_WORDS})(?![a-z])\s*(?:size)?\s*[:=]?\s*(?P<measure>[^()=:]{{0,40}}?)\s*"
    rf"[(=:]?\s*(?:de|von|di|van|of|about|ca\.?|approx\.?)?\s*{_WEIGHT}"
)
_BEFORE = re.compile(rf"{_WEIGHT}\s*(?:-\s*)?(?:{SERVING_WORDS})(?![a-z])")
_HEADED = re.compile(rf"(?:per|pro|je|par|pour|por|voor)\s*{_WEIGHT}")
_HUNDRED = 100.0


@dataclass(frozen=True, slots=True)
class Serving:
    """Serving: its weight in grams (millilitres of a drink), and its measure if printed."""

    name: str
    grams: float


def find_serving(texts: Iterable[str]) -> Serving | None:
    """The first serving size in plain texts of rows."""
    rows = list(texts)
    for pattern in (_NAMED, _BEFORE, _HEADED):
        for text in rows:
            for match in pattern.finditer(text):
                grams = read_number(match["grams"], "g")
                if grams and not (grams == _HUNDRED and pattern is not _NAMED):
                    return Serving(_measure(match), grams)
    return None


def _measure(match: re.Match[str]) -> str:
    """Measure of a serving, as `2/3 cup`; `1 serving` if none is printed."""
    words = match.groupdict().get("measure") or ""
    words = re.sub(r"^(?:size|of|de|von|di|van)\b|[^\w/.,½¼¾ ]", " ", words).strip(" .,/")
    if not re.search(r"\d|[½¼¾]", words) or not re.search(r"[a-z]", words):
        return "1 serving"
    return " ".join(words.split())
