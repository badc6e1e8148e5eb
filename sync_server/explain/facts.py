"""Facts of an explanation: stored state without contents of records."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

Moment = datetime.datetime


@dataclass(frozen=True, slots=True)
class Failure:
    """The last request of a device that the server rejected; `reason` is that of a 410."""

    at: Moment
    kind: str
    code: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceSession:
    """The session of a device's last request; `ends_at` is the end of its refresh token."""

    ends_at: Moment | None
    revoked_at: Moment | None


@dataclass(frozen=True, slots=True)
class KeyState:
    """State of a device's push key, without the key; `failures` are those since `sent_at`."""

    kind: str
    sent_at: Moment | None = None
    failures: int = 0
    dropped_at: Moment | None = None
    dropped_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A device: its requests, its last report, and the versions that it has acknowledged.

    `collections` is the filter of its last pull, None for all; `acked` is by collection, `*` for
    all others, None if it never acknowledged any. `push` is None without a push key.
    """

    id: str
    name: str | None = None
    seen_at: Moment | None = None
    pushed_at: Moment | None = None
    pulled_at: Moment | None = None
    collections: tuple[str, ...] | None = None
    acked: Mapping[str, int] | None = None
    waiting: int | None = None
    oldest_waiting_at: Moment | None = None
    last_error: str | None = None
    last_error_at: Moment | None = None
    app_version: str | None = None
    schema_version: int | None = None
    clock_offset_us: int | None = None
    failure: Failure | None = None
    session: DeviceSession | None = None
    push: KeyState | None = None

    @property
    def standing_failure(self) -> Failure | None:
        """The last failure, unless a later request of its kind succeeded."""
        if self.failure is None:
            return None
        kinds = {"push": (self.pushed_at,), "pull": (self.pulled_at,)}
        since = kinds.get(self.failure.kind, (self.pushed_at, self.pulled_at))
        if any(at is not None and at > self.failure.at for at in since):
            return None
        return self.failure

    def acked_version(self, collection: str) -> int | None:
        """The version up to which it has the records of a collection, None for none."""
        versions = self.acked or {}
        return max((versions[name] for name in (collection, "*") if name in versions), default=None)

    def pulls(self, collection: str) -> bool:
        """True unless its filter leaves the collection out."""
        return self.collections is None or collection in self.collections


@dataclass(frozen=True, slots=True)
class Record:
    """The record asked for, as stored; `moved_from` is the id that was asked for, if another.

    `parent` is `deleted` or `missing` if it is shown nowhere because of its parent.
    """

    collection: str
    id: str
    version: int
    deleted: bool
    device_id: str
    changed_at: Moment | None
    moved_from: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected change; `fields` are names of the declaration only."""

    collection: str | None
    id: str | None
    device_id: str | None
    code: str
    fields: tuple[str, ...]
    at: Moment


@dataclass(frozen=True, slots=True)
class Replaced:
    """Values of the record that were replaced: `overwritten`, `deleted` or `lost`.

    `device_id` wrote the values; `by` is the name of the session that replaced them.
    """

    why: str
    device_id: str
    version: int
    at: Moment
    by: str | None


@dataclass(frozen=True, slots=True)
class TroubleMinute:
    """Requests that the server failed to process in one minute, of any user."""

    at: Moment
    code: str
    requests: int


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """State of the account; `full` names the quotas that are reached."""

    version: int = 0
    purged_version: int = 0
    disabled_at: Moment | None = None
    unverified: bool = False
    full: tuple[str, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known of one question.

    `device_id` and `record_id` are what was asked for, None for what was not. `device` and `record`
    are None if the server has none of that id.
    """

    now: Moment
    account: AccountFacts = AccountFacts()
    device_id: str | None = None
    device: Device | None = None
    devices: tuple[Device, ...] = ()
    record_id: str | None = None
    record: Record | None = None
    rejected: tuple[Rejected, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    trouble: tuple[TroubleMinute, ...] = ()
    oldest_schema_version: int = 1

    def name_of(self, device_id: str | None) -> str | None:
        """The name of a device, None if it has none."""
        return next((it.name for it in self.devices if it.id == device_id), None)
