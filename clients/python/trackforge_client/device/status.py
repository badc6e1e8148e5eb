"""Sync status of a device, as values for an app and as text for its user."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SignIn = Literal["signed in", "signed out", "expired", "account deleted"]

_NAMES = {"profile": ("profile change", "profile changes")}


@dataclass(frozen=True, slots=True)
class Status:
    """Sync status; times are microseconds since the Unix epoch by the corrected clock, 0 = never.

    `pending` is the number of unsent writes by collection; `sending` of them are in a push without
    a response. `last_error` is the failure of the last attempt, None after a success.
    """

    now: int
    sign_in: SignIn
    email: str | None = None
    pending: Mapping[str, int] = field(default_factory=dict)
    sending: int = 0
    rejected: int = 0
    last_reason: str | None = None
    pushed_at: int = 0
    pulled_at: int = 0
    last_error: str | None = None
    last_error_at: int = 0
    next_try_at: int = 0
    upgrade_needed: bool = False

    def __str__(self) -> str:
        """Status as sentences for the user."""
        parts = [
            self._account_text(),
            self._pending_text(),
            self._last_sync_text(),
            self._error_text(),
            self._rejected_text(),
        ]
        if self.upgrade_needed:
            parts.append("This app is too old to receive changes: update it. It still sends yours.")
        return " ".join(part for part in parts if part)

    def _account_text(self) -> str:
        match self.sign_in:
            case "signed in":
                return f"Signed in as {self.email}."
            case "signed out":
                return "Signed out." if self.email else "Not signed in yet."
            case "expired":
                return f"Signed out by the server: sign in again as {self.email}."
            case "account deleted":
                return "This account was deleted; what is on this device is still here."

    def _pending_text(self) -> str:
        count = sum(self.pending.values())
        if not count:
            return "Everything is sent." if self.email else "Nothing to send."
        counts = ", ".join(_counted(name, number) for name, number in self.pending.items())
        return f"{count} {'change waits' if count == 1 else 'changes wait'} to be sent: {counts}."

    def _last_sync_text(self) -> str:
        if not self.pulled_at:
            return "Never synced."
        return f"Last synced {_ago(self.now - self.pulled_at)}."

    def _error_text(self) -> str:
        if self.last_error is None or self.sign_in != "signed in":
            return ""
        text = f"The last attempt failed {_ago(self.now - self.last_error_at)}: {self.last_error}."
        if self.next_try_at > self.now:
            text += f" Next try in {_span(self.next_try_at - self.now)}."
        return text

    def _rejected_text(self) -> str:
        if not self.rejected:
            return ""
        if self.rejected == 1:
            return f"1 change was rejected: {self.last_reason}"
        return f"{self.rejected} changes were rejected, the last one: {self.last_reason}"


def _counted(collection: str, number: int) -> str:
    plural = collection.replace("_", " ")
    singular = plural.removesuffix("s") if plural != "body metrics" else "body measurement"
    one, many = _NAMES.get(collection, (singular, plural))
    return f"{number} {one if number == 1 else many}"


def _ago(us: int) -> str:
    return f"{_span(us)} ago" if us >= 5_000_000 else "just now"


def _span(us: int) -> str:
    seconds = max(us // 1_000_000, 0)
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = seconds // size
            return f"{number} {name}{'' if number == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
