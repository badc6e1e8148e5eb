"""Cause of a late pull: nothing wakes the device's app up while it is in the background."""

from dataclasses import asdict

from sync_server.explain.cause import Cause, Evidence, Likelihood, span
from sync_server.explain.delivery_causes import not_pulled
from sync_server.explain.facts import Device, Facts

_OPEN = "Open the app on this device while it is online."
_NEW_KEY = (
    "Open the app on this device: it then subscribes anew at its push service, and is woken up "
    "from then on."
)


def not_woken(facts: Facts) -> Cause | None:
    """The device is behind, and no push service wakes its app up."""
    device = facts.device
    if device is None or not_pulled(facts) is None:
        return None
    found = _reason(facts, device)
    if found is None:
        return None
    reason, likelihood, summary, advice = found
    key = asdict(device.push) if device.push else None
    evidence: Evidence = {"reason": reason, "push": key, "pulled_at": device.pulled_at}
    return Cause("not_woken", likelihood, summary, evidence, advice)


def _reason(facts: Facts, device: Device) -> tuple[str, Likelihood, str, str] | None:
    """Reason, likelihood, summary and advice; None while the device is to be woken up."""
    key = device.push
    if key is None:
        return (
            "no_push_key", "possible",
            "The device has no push key, so it receives changes only when its app runs by itself.",
            _OPEN,
        )  # fmt: skip
    if key.dropped_at is not None:
        return (
            "push_key_dropped", "likely",
            "The push service called the device's push key dead, so the app is no longer woken up.",
            _NEW_KEY,
        )  # fmt: skip
    if key.failures:
        return (
            "push_failed", "likely",
            "The push service did not take the last wake-up for the device; it is tried again.",
            _OPEN,
        )  # fmt: skip
    if key.sent_at is not None and (device.pulled_at is None or key.sent_at > device.pulled_at):
        return (
            "no_effect", "likely",
            f"A wake-up was sent {span(facts.now - key.sent_at)} ago, and the app has not received "
            "anything since: its system holds it back, or the device is off.",
            "Open the app on this device, and allow it to run in the background.",
        )  # fmt: skip
    return None
