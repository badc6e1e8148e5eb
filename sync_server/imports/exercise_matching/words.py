"""Names of exercises as sets of words, so that `Bench Press (Barbell)` is a barbell bench press."""

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
"""Words that name what is needed, and the catalogue's own name of it."""

FILLERS = frozenset({
    "mediumgrip", "flat", "with", "the", "a", "an", "on", "of", "and", "for", "in", "to", "using",
    "attachment", "handle", "style", "version",
})  # fmt: skip
"""Words that tell no exercise from another."""


@dataclass(frozen=True, slots=True)
class Words:
    """A name taken apart: what tells it from others, what does not, and the equipment in it."""

    telling: frozenset[str]
    fillers: frozenset[str]
    equipment: str = ""


def same_name(name: str) -> str:
    """What two spellings of one name have in common: not case, blanks or width of letters."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


@lru_cache(8192)
def words(name: str) -> Words:
    """The words of a name; two are the same exercise only if their telling words are."""
    found = _spelled(name)
    return Words(
        frozenset(word for word in found if word not in EQUIPMENT and word not in FILLERS),
        frozenset(word for word in found if word in FILLERS),
        next((EQUIPMENT[word] for word in found if word in EQUIPMENT), ""),
    )


def _spelled(name: str) -> list[str]:
    spelled = unicodedata.normalize("NFKD", name.replace("'", "").replace("’", ""))
    bare = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    plain = " ".join(map(_singular, _WORD.findall(bare.casefold())))
    return _SPELLING.sub(lambda found: _SPELLED[found[0].strip()], f" {plain} ").split()


def _singular(word: str) -> str:
    """The word without the ending of a plural, where that is safe: `press` and `triceps` stay."""
    if word in ("triceps", "biceps"):
        return word
    if word == "ups":
        return "up"
    if word.endswith(("shes", "ches", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")):
        return word[:-1]
    return word
