"""Plan of a simulated day: the moments at which each user's phone asks the server.

The plan is open-loop: it does not wait for the server. A day is compressed into some seconds.
"""

import math
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

PUSHES, PULLS = 5, 10
"""Pushes and pulls of a user a day, as in tools/capacity.py."""
WINDOWS = 48
"""Stretches of the day whose load and latencies are reported: half an hour each."""
# Weight of each hour: asleep, breakfast, lunch, and the evening's training and dinner.
HOURS = (2, 1, 1, 1, 2, 5, 10, 14, 12, 8, 7, 9, 14, 12, 8, 7, 9, 14, 20, 22, 18, 12, 7, 4)
OUTAGE = (13.0, 14.0)
"""Hours in which no phone reaches the server."""
STORM_H = 0.25
"""Hours in which all phones come back after the outage, each at a chance moment of them."""
STREAM_SHARE = 0.2
"""Share of the users with an open stream, who come back even if they missed nothing."""
REPEAT_SHARE, INVALID_SHARE, IMAGE_SHARE = 0.02, 0.02, 0.1
"""Shares: of pushes whose response is lost, of pushes with an invalid change, of users who send an
image in a day."""

Kind = Literal["push", "pull", "image", "reconnect"]


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """A request of a user: its time in hours, the user's number, and the changes of a push."""

    hour: float
    user: int
    kind: Kind
    changes: int = 0


def plan(users: int, chance: random.Random) -> list[Event]:
    """Events of a day in order.

    A user's events of the outage become one reconnection in the storm: a push of all the changes
    that have gathered, and a pull. Users with a stream reconnect in any case.
    """
    events: list[Event] = []
    for user in range(users):
        waiting, missed = 0, user < users * STREAM_SHARE
        for event in _wishes(user, chance):
            if OUTAGE[0] <= event.hour < OUTAGE[1]:
                waiting, missed = waiting + event.changes, True
            else:
                events.append(event)
        if missed:
            hour = OUTAGE[1] + chance.random() * STORM_H
            events.append(Event(hour, user, "reconnect", waiting))
    return sorted(events)


def window_of(hour: float) -> int:
    """Number of the window in which an hour is."""
    return min(WINDOWS - 1, math.floor(hour * WINDOWS / 24))


def _wishes(user: int, chance: random.Random) -> Iterator[Event]:
    """A user's pushes, of 1 to 19 changes, pulls and images, were the server always there."""
    for _ in range(PUSHES):
        yield Event(_hour(HOURS, chance), user, "push", chance.randint(1, 19))
    for _ in range(PULLS):
        yield Event(_hour(HOURS, chance), user, "pull")
    if chance.random() < IMAGE_SHARE:
        yield Event(_hour(HOURS, chance), user, "image")


def _hour(weights: Sequence[int], chance: random.Random) -> float:
    """A moment of the day by the hours' weights."""
    sums = list(accumulate(weights))
    return bisect(sums, chance.random() * sums[-1]) + chance.random()
