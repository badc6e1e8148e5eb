"""Transports of messages: files in a directory, and what an SMTP server has in common with them."""

import asyncio
import os
import secrets
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

MAX_FILES = 1000


class MailRejected(Exception):
    """The SMTP server did not take a message; the text is the kind of its error."""

    def __init__(self, kind: str, *, permanent: bool) -> None:
        super().__init__(kind)
        self.permanent = permanent


FAILURES = (OSError, TimeoutError, MailRejected)


class Transport(Protocol):
    """Way of a message out of the server; `send` raises one of FAILURES."""

    async def send(self, message: EmailMessage) -> None:
        """Send a message to the address of its header."""


class FileTransport:
    """Directory with a file for each message, the newest MAX_FILES of them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def send(self, message: EmailMessage) -> None:
        """Write a message to a file that only its owner may read: its link is a credential."""
        await asyncio.to_thread(self._write, bytes(message))

    def _write(self, content: bytes) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        now = datetime.now(UTC)
        path = self._directory / f"{now:%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.eml"
        partial = path.with_suffix(".part")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        partial.rename(path)
        for old in sorted(self._directory.glob("*.eml"))[:-MAX_FILES]:
            old.unlink(missing_ok=True)


def reason_of(error: Exception) -> str:
    """Kind of one of the FAILURES, without the address that its text may have."""
    return str(error) if isinstance(error, MailRejected) else type(error).__name__
