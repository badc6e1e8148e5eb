"""Trouble of the server: failed requests by minute and code, counted until they are stored."""

import datetime
from collections import Counter

from aiohttp import web

Moment = datetime.datetime


class Trouble:
    """Responses with a status of 500 and above, of this process."""

    MAX_MINUTES = 1_000

    def __init__(self) -> None:
        self._counts: Counter[tuple[Moment, str]] = Counter()

    def note(self, code: str, now: Moment) -> None:
        """Count one failed request; while nothing can be stored, the first minutes remain."""
        key = (now.replace(second=0, microsecond=0), code)
        if key in self._counts or len(self._counts) < self.MAX_MINUTES:
            self._counts[key] += 1

    def take(self) -> Counter[tuple[Moment, str]]:
        """The counts since the last call."""
        counts, self._counts = self._counts, Counter()
        return counts

    def put_back(self, counts: Counter[tuple[Moment, str]]) -> None:
        """Add counts that could not be stored."""
        self._counts += counts


TROUBLE: web.AppKey[Trouble] = web.AppKey("trouble", Trouble)
