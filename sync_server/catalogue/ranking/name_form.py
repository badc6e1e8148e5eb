"""Forms of a name: its normalized words, the part that each stands in, and their weights."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sync_server.catalogue.words import normalize_words

# `Egg, whole, raw`, `Squat (Clean Grip)`, `Bench Press - Powerlifting`, `Squat with Chains`: what
# follows a separator qualifies what stands before it.
_PART = re.compile(
    r"(?P<aside>[(])|[,;)]|\s-\s|\s(?=with(?:out)?\s|from\s|prepared\s)", re.IGNORECASE
)
LIGHT = frozenset(normalize_words(
    "raw fresh whole plain regular common all type style variety with and or in of the to for a"
    " medium grip fluid ripe mature solid pack commercial commercially prepared meat only added"
    " english red green yellow white brewed smooth salted"
    " barbell dumbbell machine cable standing seated version bodyweight traditional"
).split())  # fmt: skip
"""Words of the usual form of a thing, which people seldom type."""

LIGHT_WEIGHT = 0.35
HEADINGS = frozenset(normalize_words(
    "nuts seeds fish crustaceans mollusks spices cheese oil beverages alcoholic cereals snacks"
    " candies squash pork beans leavening"
).split())  # fmt: skip
"""First words of names under a heading, which people leave out: `Nuts, almonds`."""

FIRST_PART, FIRST_PARTS, UNDER_HEADING, LATER_PART = 1.0, 0.97, (0.9, 0.82), (0.78, 0.72)


EARLINESS = (1.0, 0.9, 0.75, 0.65, 0.6)
"""Value of a word in the first part of a name, the second, and so on."""


class Core(NamedTuple):
    """Words `start` to `end` as the ones that name the thing: their weight, and a factor.

    The first part names it (`Egg, whole`), the first two (`Cheese, cheddar`), or one of the
    following in a list with headings (`Nuts, almonds`; `Pork, cured, bacon`).
    """

    start: int
    end: int
    weight: float
    factor: float


@dataclass(frozen=True, slots=True)
class NameForm:
    """Form of a name: words, their weights and earliness, the sum of the weights, and cores."""

    words: tuple[str, ...]
    weights: tuple[float, ...]
    earliness: tuple[float, ...]
    weight: float
    cores: tuple[Core, ...]


def split_name(name: str) -> list[list[str]]:
    """Normalized words of each part of a name, as written with its punctuation."""
    return [words for part in _PART.sub(",", name).split(",") if (words := _words(part))]


def form_of(parts: list[list[str]]) -> NameForm:
    """Form of the words of each part."""
    words = tuple(word for part in parts for word in part)
    weights = tuple(LIGHT_WEIGHT if word in LIGHT else 1.0 for word in words)
    ends = [0]
    for part in parts:
        ends.append(ends[-1] + len(part))
    later = UNDER_HEADING if words and words[0] in HEADINGS else LATER_PART
    factors = (FIRST_PART, FIRST_PARTS, *later)
    spans = [(0, 1), (0, 2), (1, 2), (2, 3)]
    cores = tuple(
        Core(ends[first], ends[last], sum(weights[ends[first] : ends[last]]), factor)
        for (first, last), factor in zip(spans, factors, strict=True)
        if last <= len(parts)
    )
    earliness = tuple(
        EARLINESS[min(number, len(EARLINESS) - 1)]
        for number, part in enumerate(parts)
        for _ in part
    )
    return NameForm(words, weights, earliness, sum(weights), cores)


@lru_cache(16384)
def _words(part: str) -> list[str]:
    return normalize_words(part).split()
