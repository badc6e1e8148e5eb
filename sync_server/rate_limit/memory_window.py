"""Sliding windows in memory: what `sliding_window.lua` does in Valkey, for when that is away."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

WALK = 100


@dataclass(frozen=True, slots=True)
class Charge:
    """What a request takes from one window: at most `limit` fits into any `seconds`.

    A request that is heavier than the limit weighs as much as the limit, so that it can ever pass.
    """

    key: str
    limit: int
    seconds: int
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """A window after a request.

    `seconds` last until the oldest entry leaves or, where there was no room, until there would be.
    """

    fits: bool
    left: int
    seconds: int


@dataclass(slots=True)
class _Log:
    entries: deque[tuple[int, int, str]] = field(default_factory=deque)
    requests: set[tuple[int, str]] = field(default_factory=set)
    spent: int = 0

    def oldest(self) -> int | None:
        return self.entries[0][0] if self.entries else None

    def forget(self, until_us: int) -> None:
        while self.entries and self.entries[0][0] <= until_us:
            _, weight, request = self.entries.popleft()
            self.requests.remove((weight, request))
            self.spent -= weight


class Windows:
    """The windows of the `most` subjects that were last seen; times are microseconds."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._logs: OrderedDict[str, _Log] = OrderedDict()

    def __len__(self) -> int:
        return len(self._logs)

    def spend(self, charges: Sequence[Charge], request: str, now_us: int) -> list[Reading]:
        """Charge all windows, or none when one of them is full; the same request only once."""
        logs = [self._log(charge, now_us) for charge in charges]
        fits = [
            (_weight(charge), request) in log.requests
            or log.spent + _weight(charge) <= charge.limit
            for charge, log in zip(charges, logs, strict=True)
        ]
        if all(fits):
            for charge, log in zip(charges, logs, strict=True):
                _add(log, _weight(charge), request, now_us)
        return [
            _reading(charge, log, fit, now_us)
            for charge, log, fit in zip(charges, logs, fits, strict=True)
        ]

    def refund(self, charges: Sequence[Charge], request: str) -> None:
        """Take a request back out of the windows."""
        for charge in charges:
            log, weight = self._logs.get(charge.key), _weight(charge)
            if log is not None and (weight, request) in log.requests:
                log.requests.remove((weight, request))
                log.spent -= weight
                entry = next(it for it in reversed(log.entries) if it[1:] == (weight, request))
                log.entries.remove(entry)

    def _log(self, charge: Charge, now_us: int) -> _Log:
        log = self._logs.get(charge.key)
        if log is None:
            log = self._logs[charge.key] = _Log()
            if len(self._logs) > self._most:
                self._logs.popitem(last=False)
        self._logs.move_to_end(charge.key)
        log.forget(now_us - charge.seconds * 1_000_000)
        return log


def _weight(charge: Charge) -> int:
    return min(charge.weight, charge.limit)


def _add(log: _Log, weight: int, request: str, now_us: int) -> None:
    if (weight, request) not in log.requests:
        log.requests.add((weight, request))
        log.entries.append((now_us, weight, request))
        log.spent += weight


def _reading(charge: Charge, log: _Log, fits: bool, now_us: int) -> Reading:
    leaves = _when_it_would_fit(charge, log) if not fits else log.oldest()
    window_us = charge.seconds * 1_000_000
    seconds = 0 if leaves is None else -((now_us - leaves - window_us) // 1_000_000)
    return Reading(fits, max(charge.limit - log.spent, 0), seconds)


def _when_it_would_fit(charge: Charge, log: _Log) -> int | None:
    """When the entry came that must leave first; beyond WALK entries only a lower bound."""
    missing, came = log.spent + _weight(charge) - charge.limit, log.oldest()
    for entry in islice(log.entries, WALK):
        came, missing = entry[0], missing - entry[1]
        if missing <= 0:
            break
    return came
