"""Decision on a device with a push key: wake it up now, later, or not at all."""

import datetime
from dataclasses import dataclass

from sync_server.sync.devices.sighting import DeviceKey, Moment

PAUSE = datetime.timedelta(seconds=30)
"""Shortest time between two messages to one device."""
LEASE = datetime.timedelta(seconds=60)
"""Time after which a message whose sender has died is sent by another."""
MAX_BACKOFF = datetime.timedelta(hours=6)
COVER_EVERY = 1000
"""Versions after which a device that is not behind is noted as such, so that none is read again."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device with a push key, and its state.

    `behind` is True if others wrote versions above those that it has acknowledged, was delivered or
    was woken up for (`covered`). `tried_at` is the last attempt, `due_at` the next one noted.
    """

    key: DeviceKey
    session_id: str
    head: int
    covered: int
    behind: bool
    tried_at: Moment | None = None
    due_at: Moment | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message now."""


@dataclass(frozen=True, slots=True)
class Later:
    """Decide again at a moment."""

    at: Moment


@dataclass(frozen=True, slots=True)
class Cover:
    """Note that the device needs no message up to the head."""


Decision = Send | Later | Cover | None


def decide(it: Candidate, now: Moment, has_stream: bool) -> Decision:
    """The decision; None if nothing is to be noted. `has_stream` is True while it has one open."""
    if not it.behind:
        return Cover() if it.due_at or it.head - it.covered >= COVER_EVERY else None
    if it.failures and it.due_at is not None and it.due_at > now:
        return None
    ready = now if it.tried_at is None else it.tried_at + PAUSE
    if ready > now:
        return Later(ready)
    return Later(now + PAUSE) if has_stream else Send()


def after_failure(now: Moment, failures: int, retry_after_s: float | None) -> Moment:
    """The next attempt after so many failures in a row, this one included."""
    wait = min(PAUSE.total_seconds() * 2.0 ** min(failures, 20), MAX_BACKOFF.total_seconds())
    return now + datetime.timedelta(seconds=max(wait, retry_after_s or 0))
