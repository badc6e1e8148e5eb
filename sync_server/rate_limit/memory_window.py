"""Sliding windows in memory: the algorithm of `sliding_window.lua`, for when Valkey is away."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

WALK = 100


@dataclass(frozen=True, slots=True)
class WindowCost:
    """Cost of a request to one window: at most `limit` fits into any `seconds`.

    A request that is heavier than the limit weighs as much as the limit, so that it can pass.
    """

    key: str
    limit: int
    seconds: int
    weight: int = 1


@dataclass(frozen=True, slots=True)
class WindowState:
    """State of a window after a request.

    `seconds` until the oldest entry leaves or, where the request did not fit, until it would.
    """

    fits: bool
    left: int
    seconds: int


@dataclass(slots=True)
class _Window:
    entries: deque[tuple[int, int, str]] = field(default_factory=deque)
    requests: set[tuple[int, str]] = field(default_factory=set)
    total: int = 0

    def oldest(self) -> int | None:
        return self.entries[0][0] if self.entries else None

    def expire(self, until_us: int) -> None:
        while self.entries and self.entries[0][0] <= until_us:
            _, weight, request = self.entries.popleft()
            self.requests.remove((weight, request))
            self.total -= weight


class MemoryWindows:
    """Windows of the `max_subjects` subjects seen last; times are microseconds."""

    def __init__(self, max_subjects: int = 10_000) -> None:
        self._max_subjects = max_subjects
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def charge(self, costs: Sequence[WindowCost], request: str, now_us: int) -> list[WindowState]:
        """Charge all windows, or none when one of them is full; a repeated request only once."""
        windows = [self._window(cost, now_us) for cost in costs]
        fits = [
            (_weight(cost), request) in window.requests
            or window.total + _weight(cost) <= cost.limit
            for cost, window in zip(costs, windows, strict=True)
        ]
        if all(fits):
            for cost, window in zip(costs, windows, strict=True):
                _add(window, _weight(cost), request, now_us)
        return [
            _state(cost, window, fit, now_us)
            for cost, window, fit in zip(costs, windows, fits, strict=True)
        ]

    def refund(self, costs: Sequence[WindowCost], request: str) -> None:
        """Remove a request from the windows."""
        for cost in costs:
            window, weight = self._windows.get(cost.key), _weight(cost)
            if window is not None and (weight, request) in window.requests:
                window.requests.remove((weight, request))
                window.total -= weight
                entry = next(
                    entry for entry in reversed(window.entries) if entry[1:] == (weight, request)
                )
                window.entries.remove(entry)

    def _window(self, cost: WindowCost, now_us: int) -> _Window:
        window = self._windows.get(cost.key)
        if window is None:
            window = self._windows[cost.key] = _Window()
            if len(self._windows) > self._max_subjects:
                self._windows.popitem(last=False)
        self._windows.move_to_end(cost.key)
        window.expire(now_us - cost.seconds * 1_000_000)
        return window


def _weight(cost: WindowCost) -> int:
    return min(cost.weight, cost.limit)


def _add(window: _Window, weight: int, request: str, now_us: int) -> None:
    if (weight, request) not in window.requests:
        window.requests.add((weight, request))
        window.entries.append((now_us, weight, request))
        window.total += weight


def _state(cost: WindowCost, window: _Window, fits: bool, now_us: int) -> WindowState:
    blocking = _blocking_entry_time(cost, window) if not fits else window.oldest()
    window_us = cost.seconds * 1_000_000
    seconds = 0 if blocking is None else -((now_us - blocking - window_us) // 1_000_000)
    return WindowState(fits, max(cost.limit - window.total, 0), seconds)


def _blocking_entry_time(cost: WindowCost, window: _Window) -> int | None:
    """Time of the last entry that must leave first; beyond WALK entries only a lower bound."""
    missing, entered = window.total + _weight(cost) - cost.limit, window.oldest()
    for entry in islice(window.entries, WALK):
        entered, missing = entry[0], missing - entry[1]
        if missing <= 0:
            break
    return entered
