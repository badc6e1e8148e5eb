"""Exercise names as sets of words: `Bench Press (Barbell)` equals `Barbell Bench Press`."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[a-z0-9]+|[^\W_]+")
_ONE_WORD = {
    "ab": "abdominal",
    "band": "resistance band",
    "barbell": "bb",
    "bentknee": "bent knee",
    "biceps": "bicep",
    "bodyweight": "body weight, body only",
    "chinup": "chin up",
    "closegrip": "close grip, narrow grip",
    "crossover": "cross over",
    "deadlift": "dead lift",
    "dumbbell": "db, dumbell",
    "ezbar": "ez, ez bar, e z bar, ez curl bar, e z curl bar, curl bar",
    "fly": "flye, flie",
    "kettlebell": "kb",
    "kickback": "kick back",
    "medicineball": "medicine ball",
    "mediumgrip": "medium grip",
    "militarypress": "military press",
    "onearm": "one arm, single arm, one handed",
    "oneleg": "one leg, single leg, one legged",
    "pulldown": "pull down",
    "pullover": "pull over",
    "pullup": "pull up",
    "pushdown": "push down",
    "pushup": "push up",
    "situp": "sit up",
    "skullcrusher": "skull crusher",
    "smithmachine": "smith machine",
    "stepup": "step up",
    "stiffleg": "stiff leg, stiff legged",
    "trapbar": "trap bar, hex bar",
    "triceps": "tricep",
    "widegrip": "wide grip",
}
_SPELLED = {old: f" {new} " for new, olds in _ONE_WORD.items() for old in olds.split(", ")}
# The longest first, so that an `ez bar` is not an `ez` and a bar.
_SPELLING = re.compile(rf" (?:{'|'.join(sorted(_SPELLED, key=len, reverse=True))})(?= )")
EQUIPMENT = {
    "barbell": "barbell", "dumbbell": "dumbbell", "cable": "cable", "machine": "machine",
    "kettlebell": "kettlebells", "band": "bands", "ezbar": "e-z curl bar",
    "bodyweight": "body only", "medicineball": "medicine ball", "smithmachine": "smith machine",
}  # fmt: skip
"""Equipment words, and the catalogue's name of the equipment."""

FILLERS = frozenset({
    "mediumgrip", "flat", "with", "the", "a", "an", "on", "of", "and", "for", "in", "to", "using",
    "attachment", "handle", "style", "version",
})  # fmt: skip
"""Words that do not distinguish exercises."""


@dataclass(frozen=True, slots=True)
class NameWords:
    """Words of a name: distinctive ones, fillers and the equipment."""

    distinctive: frozenset[str]
    fillers: frozenset[str]
    equipment: str = ""


def normalize_name(name: str) -> str:
    """Normalized name: equal for spellings that differ in case, blanks or letter width."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


# Muscles that a person thinks of: `Leg Press (Quad Focus)`.
_FOCUS = re.compile(r"[(]\s*[^()]*\bfocus(?:ed)?\s*[)]", re.IGNORECASE)


@lru_cache(8192)
def name_words(name: str) -> NameWords:
    """Split a name; two names of one exercise have equal distinctive words."""
    spelled_words = _spelled(_FOCUS.sub(" ", name))
    return NameWords(
        frozenset(word for word in spelled_words if word not in EQUIPMENT and word not in FILLERS),
        frozenset(word for word in spelled_words if word in FILLERS),
        next((EQUIPMENT[word] for word in spelled_words if word in EQUIPMENT), ""),
    )


def _spelled(name: str) -> list[str]:
    spelled = unicodedata.normalize("NFKD", name.replace("'", "").replace("’", ""))
    bare = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    normalized = " ".join(map(_singular, _WORD.findall(bare.casefold())))
    return _SPELLING.sub(lambda match: _SPELLED[match[0].strip()], f" {normalized} ").split()


def _singular(word: str) -> str:
    """The word without its plural ending, where that is safe: `press` and `triceps` stay."""
    if word in ("triceps", "biceps"):
        return word
    if word == "ups":
        return "up"
    if word.endswith(("shes", "ches", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")):
        return word[:-1]
    return word
