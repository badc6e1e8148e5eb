"""Causes in the history of the record: what happened to it on the server."""

from sync_server.explain.cause import Cause, Likelihood
from sync_server.explain.facts import Facts, Record, Replaced


def rejected(facts: Facts) -> Cause | None:
    """The server rejected the change: it is invalid and was never stored as a record."""
    about = [it for it in facts.rejected if facts.record_id is None or it.id == facts.record_id]
    if facts.device_id is not None:
        about = [it for it in about if it.device_id == facts.device_id] or about
    record = facts.record
    if record is not None and record.changed_at is not None:
        about = [it for it in about if it.at > record.changed_at]
    if not about:
        return None
    last = max(about, key=lambda it: it.at)
    return Cause(
        "rejected",
        "certain" if facts.record_id is not None else "likely",
        f"The server rejected the change ({last.code})"
        + (f" because of {', '.join(last.fields)}." if last.fields else "."),
        {
            "code": last.code,
            "fields": list(last.fields),
            "collection": last.collection,
            "record_id": last.id,
            "device_id": last.device_id,
            "device": facts.name_of(last.device_id),
            "rejected_at": last.at,
            "count": len(about),
        },
        "Open the app's list of rejected changes, correct what it names, and save again.",
    )


def deleted(facts: Facts) -> Cause | None:
    """The record was deleted."""
    record = facts.record
    if record is None or not record.deleted:
        return None
    last = _latest(facts, "deleted")
    return Cause(
        "deleted",
        "certain",
        f"The record was deleted by {_writer(facts, record, last)}.",
        {
            "device_id": record.device_id,
            "device": facts.name_of(record.device_id) or (last.by if last else None),
            "deleted_at": record.changed_at,
            "restorable_version": last.version if last else None,
        },
        "Restore it from the trash of the app." if last else _GONE,
    )


def hidden_by_parent(facts: Facts) -> Cause | None:
    """The record's parent is deleted or missing, so that no app shows the record."""
    record = facts.record
    if record is None or record.deleted or record.parent is None:
        return None
    return Cause(
        "hidden_by_parent",
        "certain" if record.parent == "deleted" else "likely",
        f"What the record belongs to is {record.parent}, so it is shown nowhere.",
        {"collection": record.collection, "parent": record.parent},
        "Restore it from the trash of the app; what was deleted with it comes back, too."
        if record.parent == "deleted"
        else "Open the app on the device where both were made, while it is online.",
    )


def overwritten(facts: Facts) -> Cause | None:
    """A later change replaced the values, or won against an earlier one that arrived late."""
    record = facts.record
    edits = [it for it in facts.replaced if it.why != "deleted"]
    own = [it for it in edits if facts.device_id in (None, it.device_id)]
    if record is None or record.deleted or not edits:
        return None
    last = max(own or edits, key=lambda it: it.at)
    likelihood: Likelihood = "possible"
    if own:
        likelihood = "certain" if facts.device_id is not None else "likely"
    return Cause(
        "overwritten",
        likelihood,
        f"Another change of the record is newer; it was made by {_writer(facts, record, last)}.",
        {
            "why": last.why,
            "device_id": record.device_id,
            "device": facts.name_of(record.device_id) or last.by,
            "overwritten_at": last.at,
            "restorable_version": last.version,
            "count": len(edits),
        },
        "Open the history of the record in the app, and restore the values that are wanted.",
    )


def moved(facts: Facts) -> Cause | None:
    """The record lives under another id, that of its natural key."""
    record = facts.record
    if record is None or record.moved_from is None:
        return None
    return Cause(
        "moved",
        "likely",
        "Another device had the same day's record already, so both became one under another id.",
        {"record_id": record.moved_from, "canonical_id": record.id},
        "Look at the record of that day: it has the newest values of both.",
    )


_GONE = "It is too old to be restored from the trash."


def _latest(facts: Facts, why: str) -> Replaced | None:
    return max((it for it in facts.replaced if it.why == why), key=lambda it: it.at, default=None)


def _writer(facts: Facts, record: Record, last: Replaced | None) -> str:
    return facts.name_of(record.device_id) or (last.by if last else None) or "another device"
