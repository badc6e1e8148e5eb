"""Retention of what the server deletes after a time."""

from dataclasses import dataclass

from sync_server.config.parsing import setting


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """Retention of what the server deletes after a time."""

    tombstone_retention_days: int = setting(180, "Retention of tombstones (deleted records)", 1)
    idempotency_retention_hours: int = setting(48, "Retention of responses for replays", 24)
    history_retention_days: int = setting(
        30, "Retention of overwritten and deleted values; 0: none are stored", 0
    )
    rejected_retention_days: int = setting(30, "Retention of rejected changes", 1)
    audit_retention_days: int = setting(365, "Retention of the audit trail", 1)
    cleanup_interval_s: float = setting(3600.0, "Interval between clean-ups", 0.01)
