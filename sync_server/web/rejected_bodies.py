"""Rejected bodies: a user's large ones are answered later and later.

To read a megabyte and to find that it is no request costs milliseconds, and no rate limit counts
what was rejected. Of each user so many are answered at once; while further ones follow, each takes
twice as long as the one before.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

from sync_server.web.body import SMALL_BODY

PROMPT, FIRST_DELAY_S, LONGEST_DELAY_S = 8, 0.05, 2.0
FORGET_S = 60.0
"""Time without a rejected body after which a user's are forgotten."""
SPACING_S = 0.1
"""Least time between two late answers to a user."""
REJECTED = (400, 413, 415, 422)


@dataclass(slots=True)
class _Rejected:
    """Rejected bodies of one user: their number, the last one, and the last late answer."""

    count: int = 0
    at: float = 0.0
    due: float = 0.0


class RejectedBodies:
    """Rejected bodies by user, the longest ago first."""

    def __init__(self) -> None:
        self._users: OrderedDict[str, _Rejected] = OrderedDict()

    async def answer(self, user_id: str, request: web.BaseRequest, status: int) -> None:
        """Wait until a response may be sent, if it rejects a large body."""
        if status not in REJECTED or request.content.total_bytes <= SMALL_BODY:
            return
        now = asyncio.get_running_loop().time()
        if delay := self.delay(user_id, now):
            await asyncio.sleep(delay)

    def delay(self, user_id: str, now: float) -> float:
        """Seconds until a further rejected body is answered."""
        while self._users and next(iter(self._users.values())).at <= now - FORGET_S:
            self._users.popitem(last=False)
        rejected = self._users.setdefault(user_id, _Rejected())
        self._users.move_to_end(user_id)
        rejected.at, rejected.count = now, rejected.count + 1
        if (further := rejected.count - PROMPT) <= 0:
            return 0.0
        delay = min(FIRST_DELAY_S * 2 ** min(further, 16), LONGEST_DELAY_S)
        rejected.due = max(now + delay, rejected.due + SPACING_S)
        return rejected.due - now


REJECTED_BODIES: web.AppKey[RejectedBodies] = web.AppKey("rejected_bodies", RejectedBodies)
