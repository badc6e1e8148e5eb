"""Visits: one request of a device, noted as a sighting when it ends."""

import datetime
from collections import Counter as Tally
from functools import cache
from itertools import islice
from types import TracebackType
from typing import Literal, Self

import orjson
from aiohttp import web
from prometheus_client import Counter

from schema import COLLECTIONS
from sync_server.sync.devices.rejections import RejectionKind
from sync_server.sync.devices.report import limited, report_of
from sync_server.sync.devices.sighting import (
    MAX_LOST,
    DeviceKey,
    Lost,
    Moment,
    Reported,
    Sighting,
)
from sync_server.sync.devices.sightings import SIGHTINGS
from sync_server.web.errors import ApiError
from sync_server.web.identity import IDENTITY

Kind = Literal["push", "pull", "sync"]

_LOSING = ("stale", "merged", "conflict")
_STATUS_TEXTS = {
    status: f'"status":"{status}"'.encode() for status in ("applied", *_LOSING, "rejected")
}
CHANGES = Counter(
    "trackforge_changes_total", "Changes of pushes that were answered, by status.", ("status",)
)
REJECTIONS = Counter(
    "trackforge_rejections_total",
    "Rejected changes, and rejected requests of devices, by code.",
    ("code", "kind"),
)


class Visit:
    """One request of a device; use `with`, which notes its result or its error.

    The device is the one that the request names, else the one of its report. Raises InvalidRequest
    for an invalid report.
    """

    __slots__ = (
        "_changes", "_collections", "_delivered", "_kind", "_lost", "_report", "_request", "_sent",
        "device_id",
    )  # fmt: skip

    def __init__(self, request: web.Request, kind: Kind) -> None:
        self._request = request
        self._kind = kind
        self._report = report_of(request)
        self.device_id = self._report.device_id if self._report else None
        self._changes = self._sent = 0
        self._lost: tuple[Lost, ...] = ()
        self._collections: tuple[tuple[str, ...] | None] | None = None
        self._delivered: int | None = None

    def sends(self, device_id: str, changes: int) -> None:
        """Note the device and the number of changes of a push."""
        self.device_id = device_id
        self._changes = changes

    def pushed(self, response: bytes) -> None:
        """Note the results of the push."""
        self._sent = self._changes
        for status, text in _STATUS_TEXTS.items():
            if count := response.count(text):
                _changes(status).inc(count)
        if any(_STATUS_TEXTS[status] in response for status in _LOSING):
            self._lost = _lost(response, _now())
        if _STATUS_TEXTS["rejected"] in response:
            for code, count in _rejected(response).items():
                self._note_rejection(code, "change", count)

    def pulled(self, device_id: str | None, collections: tuple[str, ...] | None) -> None:
        """Note a pull of these collections, None for all."""
        self.device_id = device_id or self.device_id
        if collections is not None and COLLECTIONS.keys() <= set(collections):
            collections = None  # an app that names all that it knows leaves nothing out
        self._collections = (collections,)

    def delivered(self, version: int | None) -> None:
        """Note the version up to which the device has every record, None if it lacks some."""
        self._delivered = version

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        if self.device_id is None or not isinstance(error, Exception | None):
            return
        identity, now = self._request[IDENTITY], _now()
        if isinstance(error, ApiError) and error.status < 500:
            self._note_rejection(error.code, "request")
        sighting = Sighting(
            now,
            identity.family_id,
            now if error is None and self._kind != "pull" else None,
            now if error is None and self._kind != "push" else None,
            self._collections,
            Reported(self._report, now, self._sent) if self._report else None,
            _failure(error, self._kind, now) if error is not None else None,
            self._lost,
            self._delivered if error is None else None,
        )
        key = DeviceKey(identity.user_id, self.device_id)
        self._request.app[SIGHTINGS].note(key, sighting)

    def _note_rejection(
        self, code: str, kind: Literal["change", "request"], count: int = 1
    ) -> None:
        REJECTIONS.labels(code, kind).inc(count)
        version = (self._report and limited(self._report).app_version) or ""
        rejection = RejectionKind(_now().date(), code, version, kind)
        self._request.app[SIGHTINGS].rejections.note(rejection, count)


@cache
def _changes(status: str) -> Counter:
    """The counter of one status; to find it by its label costs more than to count."""
    return CHANGES.labels(status)


def _failure(error: Exception, kind: Kind, now: Moment) -> dict[str, object]:
    code = error.code if isinstance(error, ApiError) else "unavailable"
    reason = error.extra.get("reason") if isinstance(error, ApiError) and error.extra else None
    return {"at": now, "kind": kind, "code": code, "reason": reason}


def _lost(response: bytes, now: Moment) -> tuple[Lost, ...]:
    results = orjson.loads(response)["results"]
    last = (
        Lost(it["collection"], it["id"], it["status"], now)
        for it in reversed(results)
        if it["status"] in _LOSING
    )
    return tuple(islice(last, MAX_LOST))[::-1]


def _rejected(response: bytes) -> Tally[str]:
    results = orjson.loads(response)["results"]
    return Tally(it["error"]["code"] for it in results if it["status"] == "rejected")


def _now() -> Moment:
    return datetime.datetime.now(datetime.UTC)
