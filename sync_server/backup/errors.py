"""Errors of backups."""


class BackupError(Exception):
    """A backup cannot be made, read or restored; the text is one sentence that says why."""
