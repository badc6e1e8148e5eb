"""Quotas of an account."""

from dataclasses import dataclass

from sync_server.config.parsing import setting
from sync_server.config.units import MIB


@dataclass(frozen=True, slots=True)
class QuotaSettings:
    """Quotas of an account."""

    quota_records: int = setting(1_000_000, "Maximum records of an account", 1)
    quota_bytes: int = setting(1024 * MIB, "Maximum size of an account's records", 1)
    quota_rejected_changes: int = setting(
        1000, "Rejected changes stored of an account; the oldest are deleted", 1
    )
    quota_sessions: int = setting(100, "Sessions of an account; the longest unused are ended", 1)
    quota_devices: int = setting(
        1000, "Devices whose state is stored of an account; the longest unseen are deleted", 1
    )
