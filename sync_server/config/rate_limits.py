"""Rate limit as a setting: an amount within a number of seconds."""

import re
from dataclasses import dataclass
from typing import Self

MAX_SECONDS = 31 * 86_400
MAX_AMOUNT = 10**9
_LIMIT = re.compile(r"([0-9]{1,10})/([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` within any `seconds`; an amount of 0 is no limit. Written `300/60`."""

    amount: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Limit of a text such as `300/60` or `0`; raises ValueError."""
        if text == "0":
            return cls(0, 1)
        match = _LIMIT.fullmatch(text)
        if match is None:
            raise ValueError("Must be `amount/seconds`, such as 300/60, or 0 for no limit.")
        amount, seconds = int(match[1]), int(match[2])
        if amount > MAX_AMOUNT or not 1 <= seconds <= MAX_SECONDS:
            raise ValueError(f"At most {MAX_AMOUNT} within 1 to {MAX_SECONDS} seconds.")
        return cls(amount, seconds)

    def __str__(self) -> str:
        return f"{self.amount}/{self.seconds}" if self.amount else "0"
