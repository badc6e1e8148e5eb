"""Transports of messages: an SMTP server, or files in a directory."""

import asyncio
import os
import secrets
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

FAILURES = (OSError, TimeoutError, aiosmtplib.SMTPException)
MAX_FILES = 1000
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Transport(Protocol):
    """Way of a message out of the server; `send` raises one of FAILURES."""

    async def send(self, message: EmailMessage) -> None:
        """Send a message to the address of its header."""


class SmtpTransport:
    """Connection to an SMTP server for each message: `smtp://` with STARTTLS, `smtps://` in TLS.

    Credentials are sent in TLS only, but for a server on this machine.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._tls = parts.scheme == "smtps"
        needs_tls = bool(self._username) and self._host not in _LOOPBACK
        self._start_tls = None if not needs_tls or self._tls else True
        self._timeout_s = timeout_s

    async def send(self, message: EmailMessage) -> None:
        """Send a message to the address of its header."""
        await aiosmtplib.send(
            message,
            recipients=[message["To"].addresses[0].addr_spec],
            hostname=self._host,
            port=self._port,
            username=self._username,
            password=self._password,
            use_tls=self._tls,
            start_tls=False if self._tls else self._start_tls,
            timeout=self._timeout_s,
        )


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


def is_permanent(error: Exception) -> bool:
    """True if the server rejected the message or its recipient for good (a code of 5xx)."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(reply.code >= 500 for reply in error.recipients)
    return isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 500
