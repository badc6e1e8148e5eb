"""Causes in the account and in the device's session."""

from sync_server.explain.cause import Cause
from sync_server.explain.facts import Facts


def account_disabled(facts: Facts) -> Cause | None:
    """The operator has disabled the account: no device of it syncs."""
    at = facts.account.disabled_at
    if at is None:
        return None
    return Cause(
        "account_disabled",
        "certain",
        "The account is disabled, so none of its devices can sync.",
        {"disabled_at": at},
        "Ask the operator to enable the account. What waits on the devices is sent then.",
    )


def email_unverified(facts: Facts) -> Cause | None:
    """The operator demands a verified address, and this one is not."""
    if not facts.account.unverified:
        return None
    return Cause(
        "email_unverified",
        "certain",
        "The e-mail address is not verified, and this server demands that before it syncs.",
        {},
        "Open the link in the mail, or request another one in the app.",
    )


def unknown_device(facts: Facts) -> Cause | None:
    """The device never synced with this account."""
    if facts.device_id is None or facts.device is not None:
        return None
    return Cause(
        "unknown_device",
        "certain",
        "This device has never synced with this account.",
        {"device_id": facts.device_id, "devices_known": len(facts.devices)},
        "Check on the device which account is signed in, and that it was online since.",
    )


def signed_out(facts: Facts) -> Cause | None:
    """The session of the device was ended."""
    device = facts.device
    session = device.session if device else None
    if device is None or session is None or session.revoked_at is None:
        return None
    return Cause(
        "signed_out",
        "certain",
        f"The session of {_name(facts)} was ended, so it can neither send nor receive.",
        {"ended_at": session.revoked_at, "seen_at": device.seen_at},
        "Sign in again on this device. What waits there is sent then.",
    )


def session_expired(facts: Facts) -> Cause | None:
    """The tokens of the device have expired while it was away."""
    device = facts.device
    session = device.session if device else None
    if device is None or session is None or session.revoked_at is not None:
        return None
    if session.ends_at is None or session.ends_at > facts.now:
        return None
    return Cause(
        "session_expired",
        "certain",
        f"{_name(facts)} was away for so long that its session has expired.",
        {"expired_at": session.ends_at, "seen_at": device.seen_at},
        "Sign in again on this device. What waits there is sent then.",
    )


def _name(facts: Facts) -> str:
    return (facts.device.name if facts.device else None) or "this device"
