"""Causes in the device's last request, which the server rejected or failed to process."""

import datetime

from sync_server.explain.cause import Cause, span
from sync_server.explain.facts import Facts, Failure, TroubleMinute

_NEARBY = datetime.timedelta(minutes=3)
_SERVER_CODES = ("unavailable", "database_unavailable", "overloaded", "internal_error")
_LIMIT_CODES = ("rate_limited", "too_many_in_flight")
_ANSWERED = (
    "upgrade_required", "quota_exceeded", "cursor_expired", "resync_first",
    "account_deleted", "token_expired", "unauthorized", *_LIMIT_CODES, *_SERVER_CODES,
)  # fmt: skip


def app_too_old(facts: Facts) -> Cause | None:
    """The schema version of the app is no longer served."""
    device, failure = facts.device, _failure(facts, "upgrade_required")
    if device is None:
        return None
    version = device.schema_version
    is_old = version is not None and version < facts.oldest_schema_version
    if failure is None and not is_old:
        return None
    return Cause(
        "app_too_old",
        "certain",
        "The app on this device is too old to receive changes; it still sends its own.",
        {
            "app_version": device.app_version,
            "schema_version": version,
            "oldest_served": facts.oldest_schema_version,
            "rejected_at": failure.at if failure else None,
        },
        "Update the app on this device.",
    )


def quota_exceeded(facts: Facts) -> Cause | None:
    """The account has no room for what the device sends."""
    failure = _failure(facts, "quota_exceeded")
    if failure is None and not facts.account.full:
        return None
    return Cause(
        "quota_exceeded",
        "certain" if failure else "possible",
        "The account is full, so new records are not stored.",
        {
            "full": list(facts.account.full),
            "usage": dict(facts.account.usage),
            "rejected_at": failure.at if failure else None,
        },
        "Delete records that are not needed: deletions always have room. Then sync again.",
    )


def rate_limited(facts: Facts) -> Cause | None:
    """The device sends more than the limits allow."""
    failure = _failure(facts, *_LIMIT_CODES)
    if failure is None:
        return None
    return Cause(
        "rate_limited",
        "certain",
        "The device sends more than the limits allow; its last request was put off.",
        {"code": failure.code, "kind": failure.kind, "rejected_at": failure.at},
        "Leave the app open for some minutes: it goes on by itself. If it stays so, an app of the "
        "account sends far too often.",
    )


def cursor_expired(facts: Facts) -> Cause | None:
    """The device was away for so long that it must pull everything again."""
    failure = _failure(facts, "cursor_expired", "resync_first")
    if failure is None or failure.reason == "restored":
        return None
    return Cause(
        "cursor_expired",
        "certain",
        "The device was away for longer than deletions are stored, and must receive everything "
        "again before it goes on.",
        {"code": failure.code, "kind": failure.kind, "rejected_at": failure.at},
        "Open the app and keep it open until it has synced; what waits there is not lost.",
    )


def history_restored(facts: Facts) -> Cause | None:
    """The server was restored from a backup since the device last pulled."""
    failure = _failure(facts, "cursor_expired")
    if failure is None or failure.reason != "restored":
        return None
    return Cause(
        "history_restored",
        "certain",
        "The server was restored from a backup; the device must receive everything again.",
        {"rejected_at": failure.at},
        "Open the app and keep it open until it has synced. Apps that bring back what the backup "
        "lacked do so then.",
    )


def server_trouble(facts: Facts) -> Cause | None:
    """The server could not process the device's request, by its own log or by the device's."""
    device, failure = facts.device, _failure(facts, *_SERVER_CODES)
    if device is None:
        return None
    reported = device.last_error_at if device.last_error in _SERVER_CODES else None
    if failure is None and (reported is None or _later(device.pushed_at, reported)):
        return None
    at = failure.at if failure else reported
    nearby = [it for it in facts.trouble if at is not None and abs(it.at - at) <= _NEARBY]
    return Cause(
        "server_trouble",
        "certain" if failure or nearby else "likely",
        "The server had trouble when the device last tried; nothing was lost.",
        {
            "at": at,
            "code": failure.code if failure else device.last_error,
            "trouble": [_minute(it) for it in nearby],
        },
        "Open the app again: it repeats what had no answer. If it stays so, tell the operator the "
        "time above.",
    )


def request_rejected(facts: Facts) -> Cause | None:
    """The server rejected the device's last request as a whole: a fault of the app."""
    failure = facts.device.standing_failure if facts.device else None
    if failure is None or failure.code in _ANSWERED:
        return None
    return Cause(
        "request_rejected",
        "certain",
        f"The server rejected the device's last {failure.kind} as a whole ({failure.code}).",
        {"code": failure.code, "kind": failure.kind, "rejected_at": failure.at},
        "Update the app. The developer finds the code in the list of errors.",
    )


def clock_off(facts: Facts) -> Cause | None:
    """The device's own clock is wrong; its edits may seem older or newer than they are."""
    device = facts.device
    if device is None or device.clock_offset_us is None:
        return None
    off = datetime.timedelta(microseconds=device.clock_offset_us)
    if abs(off) < datetime.timedelta(minutes=1):
        return None
    direction = "behind" if off > datetime.timedelta(0) else "ahead"
    return Cause(
        "clock_off",
        "likely" if abs(off) >= datetime.timedelta(minutes=10) else "possible",
        f"The clock of this device is {span(abs(off))} {direction}. What it logs may be under "
        "another day or time than expected.",
        {"clock_offset_us": device.clock_offset_us},
        "Let the device set its date and time by itself, and look at the neighbouring days.",
    )


def _failure(facts: Facts, *codes: str) -> Failure | None:
    failure = facts.device.standing_failure if facts.device else None
    return failure if failure and failure.code in codes else None


def _later(at: datetime.datetime | None, than: datetime.datetime) -> bool:
    return at is not None and at > than


def _minute(trouble: TroubleMinute) -> dict[str, object]:
    return {"at": trouble.at, "code": trouble.code, "requests": trouble.requests}
