"""SMTP server as the way of messages out. The client's library is imported with this module."""

from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from sync_server.mail.transports import MailRejected

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


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
        try:
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
        except aiosmtplib.SMTPException as error:
            raise MailRejected(type(error).__name__, permanent=_is_permanent(error)) from error


def _is_permanent(error: aiosmtplib.SMTPException) -> bool:
    """True if the server rejected the message or its recipient for good (a code of 5xx)."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(reply.code >= 500 for reply in error.recipients)
    return isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 500
