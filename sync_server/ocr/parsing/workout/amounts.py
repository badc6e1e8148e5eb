"""Parsers of repetition counts and loads into fields of sets."""

import re

from sync_server.ocr.parsing.workout.bounds import AmbiguousText, Fields
from sync_server.ocr.parsing.workout.quantities import kilograms

_RANGE = re.compile(r"(\d+)\s*(?:-|[a-z]+)\s*(\d+)", re.IGNORECASE)
_ITEM = re.compile(r"\d+(?:\.\d+)?|[a-z力竭]+", re.IGNORECASE)
_LOAD = re.compile(r"(?P<body>[^\d+-]*)(?P<sign>[+-]?)\s*(?:(?P<n>\d+(?:\.\d+)?)\s*(?P<unit>.*))?")


def items(text: str) -> list[str]:
    """Numbers and words of a list: `12/10/max`."""
    return _ITEM.findall(text)


def repetitions(count: str) -> list[Fields]:
    """Fields per set: one for `10`, `8-12`, `AMRAP`; three for `12/10/8`."""
    span = _RANGE.fullmatch(count.strip())
    if span:
        lower, upper = sorted((int(span[1]), int(span[2])))
        return [{"reps_min": lower, "reps_max": upper}]
    if count.strip()[:1].isalpha():
        return [{"kind": "failure"}]
    return [_one(text) for text in items(count)]


def _one(text: str) -> Fields:
    if text[0].isalpha():
        return {"kind": "failure"}
    if not text.isdigit():
        raise AmbiguousText
    return {"reps": int(text)}


def load(text: str, default: str, *, assisted: bool) -> Fields:
    """Parse `60kg`, `BW`, `BW+10`, `+10kg`; a minus is a dash unless the exercise is `assisted`."""
    match = _LOAD.fullmatch(text.strip())
    if match is None:
        raise AmbiguousText
    body = bool(match["body"])
    if not match["n"]:
        return {"bodyweight": True}
    weight = kilograms(match["n"], match["unit"] or "", default)
    if match["sign"] == "-" and (body or assisted):
        return {"weight_kg": -weight, "bodyweight": True}
    added = body or match["sign"] == "+"
    return {"weight_kg": weight} | ({"bodyweight": True} if added else {})
