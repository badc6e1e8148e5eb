"""Settings of pushes and pulls."""

from dataclasses import dataclass

from sync_server.config.parsing import setting
from sync_server.config.units import KIB, MIB


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """Settings of pushes and pulls."""

    push_max_changes: int = setting(1000, "Maximum changes in one push", 1)
    push_max_bytes: int = setting(4 * MIB, "Maximum size of a push's body, decompressed", 1)
    record_max_bytes: int = setting(64 * KIB, "Maximum size of one record's data", 1)
    json_max_depth: int = setting(16, "Maximum nesting of a body's JSON", 1, 500)
    pull_max_limit: int = setting(5000, "Maximum records in a page of a pull", 1)
    pull_default_limit: int = setting(500, "Default records in a page of a pull", 1)
    offer_days: int = setting(
        180, "Days after a restore in which devices may offer what the backup lacks", 0
    )
