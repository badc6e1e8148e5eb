"""Headings of columns: the name, and the unit that some apps write into it."""

import re
import unicodedata

_UNITS = (
    "kgs?|kilograms?|lbs?|pounds?|km|kilometers?|miles?|mi|m|meters?|metres?|cm|in|inches"
    "|s|secs?|seconds?|min|minutes|%|kcal|kj|g|mg"
)
_WITH_UNIT = re.compile(rf"(.+?)(?: ?\(({_UNITS})\)| \[({_UNITS})\]| ({_UNITS}))")


def parse_heading(cell: str) -> tuple[str, str]:
    """Name and unit of a heading: `Weight (lbs)` and `weight_lbs` are both `weight`, `lbs`."""
    normalized = unicodedata.normalize("NFKC", cell).casefold().replace("_", " ")
    name = " ".join(normalized.split())
    match = _WITH_UNIT.fullmatch(name)
    return (match[1], match[2] or match[3] or match[4]) if match else (name, "")
