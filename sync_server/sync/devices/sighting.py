"""Sightings: what one request shows of its device, and their combination to facts.

Nothing here has contents of records: ids, codes, counts and times only.
"""

import datetime
from dataclasses import dataclass
from typing import NamedTuple

from schema.ids import UserId
from sync_server.sync.devices.report import DeviceReport, limited

MAX_LOST = 20

Moment = datetime.datetime


class DeviceKey(NamedTuple):
    """A device of a user."""

    user_id: UserId
    device_id: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A change that did not become the record as it was sent: `stale`, `merged` or `conflict`."""

    collection: str
    id: str
    status: str
    at: Moment


class Reported(NamedTuple):
    """A report that came at a moment, with the number of its changes that have results since."""

    report: DeviceReport
    at: Moment
    sent: int


@dataclass(slots=True)
class Sighting:
    """Facts of a device since they were last stored; None where no request showed any.

    `failure` is `{at, kind, code}` of the last request that failed, `collections` the filter of
    the last pull in a list of one, so that no filter differs from no pull. `delivered_version` is
    the version up to which the last complete pull had every record.
    """

    seen_at: Moment
    family_id: str | None = None
    pushed_at: Moment | None = None
    pulled_at: Moment | None = None
    collections: tuple[tuple[str, ...] | None] | None = None
    report: Reported | None = None
    failure: dict[str, object] | None = None
    lost: tuple[Lost, ...] = ()
    delivered_version: int | None = None

    def update(self, newer: "Sighting") -> None:
        """Add what a later request shows."""
        self.seen_at = newer.seen_at
        self.family_id = newer.family_id or self.family_id
        self.pushed_at = newer.pushed_at or self.pushed_at
        self.pulled_at = newer.pulled_at or self.pulled_at
        self.collections = newer.collections or self.collections
        self.report = newer.report or self.report
        self.failure = newer.failure or self.failure
        self.lost = (self.lost + newer.lost)[-MAX_LOST:] if newer.lost else self.lost
        if newer.delivered_version is not None:
            self.delivered_version = newer.delivered_version


def report_document(reported: Reported) -> dict[str, object]:
    """The report as it is stored, with times of the server's clock."""
    report, at = limited(reported.report), reported.at
    waiting = report.waiting
    if waiting is not None:
        waiting = max(waiting - reported.sent, 0)
    oldest = _ago(at, report.oldest_age_s) if waiting or waiting is None else None
    return {
        "at": at,
        "name": report.name,
        "waiting": waiting,
        "oldest_at": oldest,
        "last_error": report.last_error,
        "last_error_at": _ago(at, report.last_error_age_s) if report.last_error else None,
        "app_version": report.app_version,
        "schema_version": report.schema_version,
        "clock_offset_us": report.clock_offset_us,
    }


def _ago(now: Moment, age_s: float | None) -> Moment | None:
    return None if age_s is None else now - datetime.timedelta(seconds=age_s)
