"""Plausible values of a set; anything else is a misread."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sync_server.ocr.parsing.drafts import SetDraft

MAX_SETS = 30
MAX_VALUES = {
    "reps": 1000, "reps_min": 1000, "reps_max": 1000, "weight_kg": 1000, "duration_s": 86_400,
    "distance_m": 1_000_000, "rest_s": 3600, "rpe": 10, "rir": 10,
}  # fmt: skip
"""Maximum of each field, within the limits of a set record."""
MIN_VALUES = {"weight_kg": -200, "rpe": 1}

Fields: TypeAlias = dict[str, Any]
"""Fields of a SetDraft, a subset."""


class AmbiguousText(Exception):
    """A number is in an unexpected position, or implausible."""


def build_set(fields: Mapping[str, Any]) -> SetDraft:
    """A set of these fields; raises AmbiguousText for implausible values."""
    for name, upper in MAX_VALUES.items():
        value = fields.get(name)
        if value is not None and not MIN_VALUES.get(name, 0) <= value <= upper:
            raise AmbiguousText
    rpe = fields.get("rpe")
    if rpe is not None and not float(rpe * 2).is_integer():
        raise AmbiguousText
    return SetDraft(**fields)


def build_sets(sets: Sequence[Mapping[str, Any]]) -> tuple[SetDraft, ...]:
    """Sets of these fields; raises AmbiguousText for more than MAX_SETS."""
    if len(sets) > MAX_SETS:
        raise AmbiguousText
    return tuple(build_set(fields) for fields in sets)


def set_fields(one: SetDraft) -> Fields:
    """Fields of a set that differ from the defaults."""
    empty = SetDraft()
    fields = ((name, getattr(one, name)) for name in SetDraft.__slots__)
    return {name: value for name, value in fields if value != getattr(empty, name)}
