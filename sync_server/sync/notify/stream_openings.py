"""Openings of streams: some at once for each user, then so many a second.

A new stream ends the user's oldest; clients that open it again at once, without end, would keep the
process busy with that.
"""

import asyncio
from collections import OrderedDict

from aiohttp import web

from sync_server.web.errors import TooManyInFlight

AT_ONCE, INTERVAL_S = 20, 0.5
"""Streams that a user opens without a wait, and the time in which one more becomes free."""
SPACING_S = 0.025
"""Least time between two rejections of a user."""


class StreamOpenings:
    """Openings by user; one that had to wait for more than `wait_s` is rejected, after a while."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        # The time at which all openings of a user so far are due.
        self._due: OrderedDict[str, float] = OrderedDict()
        # The time of each user's last rejection.
        self._rejected: OrderedDict[str, float] = OrderedDict()

    async def wait(self, user_id: str) -> None:
        """Wait until the user may open a stream; raises TooManyInFlight."""
        now = asyncio.get_running_loop().time()
        self._forget(now)
        seconds = self.reserve(user_id, now)
        if seconds is None:
            await asyncio.sleep(self.reject(user_id, now) - now)
            raise TooManyInFlight(
                "You open too many streams: keep them open.",
                headers={"Retry-After": str(max(1, round(self._wait_s)))},
            )
        if seconds:
            await asyncio.sleep(seconds)

    def reserve(self, user_id: str, now: float) -> float | None:
        """Seconds until the user may open a stream; None, and nothing reserved, for too many."""
        due = max(self._due.get(user_id, now), now) + INTERVAL_S
        seconds = max(0.0, due - now - AT_ONCE * INTERVAL_S)
        if seconds > self._wait_s:
            return None
        self._due[user_id] = due
        self._due.move_to_end(user_id)
        return seconds

    def reject(self, user_id: str, now: float) -> float:
        """Time of a rejection: after half of the wait, and some time after the one before."""
        at = max(now + self._wait_s / 2, self._rejected.get(user_id, 0.0) + SPACING_S)
        self._rejected[user_id] = at
        self._rejected.move_to_end(user_id)
        return at

    def _forget(self, now: float) -> None:
        """Forget the users who may open as many as if they had opened none."""
        for times in (self._due, self._rejected):
            while times and next(iter(times.values())) <= now:
                times.popitem(last=False)


STREAM_OPENINGS: web.AppKey[StreamOpenings] = web.AppKey("stream_openings", StreamOpenings)
