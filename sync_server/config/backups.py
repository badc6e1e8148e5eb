"""Settings of the backups of the private database."""

from dataclasses import dataclass

from sync_server.config.parsing import setting


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """Settings of the backups of the private database."""

    backup_interval_hours: int = setting(
        24, "Interval between backups of the private database into DATA_DIR/backups; 0: none", 0
    )
    backup_keep: int = setting(7, "Number of backups that stay in DATA_DIR/backups", 1)
    backup_recipient: str = setting(
        "", "Public key (age1…) for which backups are encrypted; empty: not encrypted"
    )
