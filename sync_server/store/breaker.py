"""Circuit breaker: a store that fails is not asked for a while."""

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from aiohttp import web
from redis.exceptions import RedisError

Answer = TypeVar("Answer")
Default = TypeVar("Default")

log = structlog.get_logger(__name__)


class Breaker:
    """Stops asking a Redis that fails: 5 failures within 1 s open it, 1 s later one call probes."""

    FAILURES = 5
    WINDOW_S = 1.0
    OPEN_S = 1.0

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: deque[float] = deque(maxlen=self.FAILURES)
        self._probe_at = 0.0
        self._open = False

    @property
    def is_open(self) -> bool:
        """True if calls return their default without a request."""
        return self._open

    async def call(
        self, action: Callable[[], Awaitable[Answer]], default: Default
    ) -> Answer | Default:
        """Result of `action`, or `default` when Redis fails or the breaker is open."""
        if self._open:
            if self._now() < self._probe_at:
                return default
            # The probe: other callers still get the default while it runs.
            self._probe_at = self._now() + self.OPEN_S
        try:
            answer = await action()
        except (RedisError, OSError, TimeoutError) as error:
            self._note_failure(error)
            return default
        if self._open:
            log.info("valkey answers again")
        self._open = False
        self._failures.clear()
        return answer

    def _note_failure(self, error: Exception) -> None:
        now = self._now()
        self._failures.append(now)
        full = len(self._failures) == self.FAILURES
        if self._open or (full and now - self._failures[0] <= self.WINDOW_S):
            if not self._open:
                log.warning("valkey is left out", reason=type(error).__name__)
            self._open = True
            self._probe_at = now + self.OPEN_S


BREAKER: web.AppKey[Breaker] = web.AppKey("breaker", Breaker)
