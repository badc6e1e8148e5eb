"""Causes: one possible answer to the question why something is not there."""

import datetime
from dataclasses import dataclass
from typing import Literal

Likelihood = Literal["certain", "likely", "possible"]
LIKELIHOODS: tuple[Likelihood, ...] = ("certain", "likely", "possible")

Evidence = dict[str, object]
"""Ids, codes, names of fields, counts and times; never a value of a record."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause with its evidence and the advice for the user."""

    code: str
    likelihood: Likelihood
    summary: str
    evidence: Evidence
    advice: str


def span(length: datetime.timedelta) -> str:
    """A length of time in words, such as `3 days`."""
    seconds = max(int(length.total_seconds()), 0)
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(seconds // size, name)
    return counted(seconds, "second")


def counted(number: int, noun: str) -> str:
    """A number with its noun, such as `1 change` or `3 changes`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
