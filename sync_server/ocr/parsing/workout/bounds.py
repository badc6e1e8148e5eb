"""What a set can be: beyond it, something was misread."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sync_server.ocr.parsing.drafts import SetDraft

MOST_SETS = 30
MOST = {
    "reps": 1000, "reps_min": 1000, "reps_max": 1000, "weight_kg": 1000, "duration_s": 86_400,
    "distance_m": 1_000_000, "rest_s": 3600, "rpe": 10, "rir": 10,
}  # fmt: skip
"""The most of each that a person could mean; all within what a record of a set takes."""
LEAST = {"weight_kg": -200, "rpe": 1}

Fields: TypeAlias = dict[str, Any]
"""Some of the fields of a SetDraft."""


class Unclear(Exception):
    """A number stands where none is expected, or is beyond what a person could mean."""


def made(fields: Mapping[str, Any]) -> SetDraft:
    """The set of these fields; raises Unclear when nobody could have done it."""
    for name, most in MOST.items():
        value = fields.get(name)
        if value is not None and not LEAST.get(name, 0) <= value <= most:
            raise Unclear
    rpe = fields.get("rpe")
    if rpe is not None and not float(rpe * 2).is_integer():
        raise Unclear
    return SetDraft(**fields)


def all_made(sets: Sequence[Mapping[str, Any]]) -> tuple[SetDraft, ...]:
    """The sets of these fields; raises Unclear when there are more than a sheet would say."""
    if len(sets) > MOST_SETS:
        raise Unclear
    return tuple(made(fields) for fields in sets)


def said_by(one: SetDraft) -> Fields:
    """What a set says: its fields that are not as in an empty one."""
    empty = SetDraft()
    fields = ((name, getattr(one, name)) for name in SetDraft.__slots__)
    return {name: value for name, value in fields if value != getattr(empty, name)}
