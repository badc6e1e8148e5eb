"""Causes on the way between a device and the server: not sent, not received, filtered out."""

import datetime

from sync_server.explain.cause import Cause, counted, span
from sync_server.explain.facts import Device, Facts

_AWAY = datetime.timedelta(hours=1)


def filtered_out(facts: Facts) -> Cause | None:
    """The device does not pull the record's collection."""
    device, record = facts.device, facts.record
    if device is None or device.collections is None:
        return None
    if record is not None and device.pulls(record.collection):
        return None
    return Cause(
        "filtered_out",
        "certain" if record else "possible",
        f"The app on this device does not receive {record.collection}."
        if record
        else "The app on this device receives some kinds of records only.",
        {
            "collection": record.collection if record else None,
            "collections": list(device.collections),
        },
        "Update the app on this device, or use one that shows this kind of records.",
    )


def not_pulled(facts: Facts) -> Cause | None:
    """The device has not received the newest version yet."""
    device, record = facts.device, facts.record
    if device is None:
        return None
    if record is None:
        return _behind(facts, device) if facts.record_id is None else None
    acked = device.acked_version(record.collection)
    if acked is not None and acked >= record.version:
        return None
    if record.changed_at is None or _at_least(device.pulled_at, record.changed_at):
        return None
    if record.device_id == device.id:
        return None
    since = f" since {span(facts.now - device.pulled_at)}" if device.pulled_at else " at all"
    return Cause(
        "not_pulled",
        "certain",
        f"The record changed on the server, and the device has not received anything{since}.",
        {
            "version": record.version,
            "acknowledged_version": acked,
            "changed_at": record.changed_at,
            "pulled_at": device.pulled_at,
            "seen_at": device.seen_at,
        },
        "Open the app on this device while it is online.",
    )


def never_sent(facts: Facts) -> Cause | None:
    """Changes wait on the device: it was not online, or not opened, since they were made."""
    device = facts.device
    if device is None or not device.waiting:
        return None
    since = facts.now - device.oldest_waiting_at if device.oldest_waiting_at else None
    return Cause(
        "never_sent",
        "certain" if facts.record is None else "likely",
        f"{counted(device.waiting, 'change')} had not been sent when the device was last seen"
        + (f"; the oldest is {span(since)} old." if since else "."),
        {
            "waiting": device.waiting,
            "oldest_waiting_at": device.oldest_waiting_at,
            "seen_at": device.seen_at,
            "last_error": device.last_error,
            "last_error_at": device.last_error_at,
        },
        "Open the app on this device while it is online, and keep it open until nothing waits.",
    )


def never_arrived(facts: Facts) -> Cause | None:
    """The server never got the record: it is still on the device where it was made."""
    if facts.record_id is None or facts.record is not None or facts.rejected:
        return None
    if facts.device is not None and facts.device.waiting:
        return None
    waiting = [it for it in facts.devices if it.waiting]
    return Cause(
        "never_sent",
        "likely",
        "The server never received this record"
        + (", or it was deleted long ago." if facts.account.purged_version else "."),
        {
            "devices": [
                {"device_id": it.id, "device": it.name, "waiting": it.waiting,
                 "oldest_waiting_at": it.oldest_waiting_at, "seen_at": it.seen_at}
                for it in waiting or facts.devices
            ],
        },
        "Open the app on the device where it was made, while it is online.",
    )  # fmt: skip


def up_to_date(facts: Facts) -> Cause | None:
    """The server finds nothing wrong: the record should be there."""
    device, record = facts.device, facts.record
    return Cause(
        "up_to_date",
        "possible",
        "The server has the record, and the device has received it."
        if record and device
        else "The server finds nothing that keeps this back.",
        {
            "version": record.version if record else facts.account.version,
            "changed_at": record.changed_at if record else None,
            "device": facts.name_of(record.device_id) if record else None,
            "pulled_at": device.pulled_at if device else None,
        },
        "Check the app's filters and the day that it shows. The app can compare what it has with "
        "the server, and repair it.",
    )


def _behind(facts: Facts, device: Device) -> Cause | None:
    acked = max((device.acked or {}).values(), default=0)
    behind = facts.account.version - acked
    if behind <= 0 or _at_least(device.pulled_at, facts.now - _AWAY):
        return None
    return Cause(
        "not_pulled",
        "likely",
        f"The device has not received the last {behind} changes.",
        {"behind": behind, "pulled_at": device.pulled_at, "seen_at": device.seen_at},
        "Open the app on this device while it is online.",
    )


def _at_least(at: datetime.datetime | None, than: datetime.datetime) -> bool:
    return at is not None and at >= than
