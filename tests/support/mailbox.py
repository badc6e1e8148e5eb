"""Mailbox of the tests: a real SMTP server on a loopback port that stores what it receives."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, TypeAlias

from aiosmtpd.smtp import SMTP, Envelope, Session

PATIENCE_S = 10
Message: TypeAlias = "EmailMessage[Any, Any]"


class Mailbox:
    """Messages in the order of their arrival; `rejections` are replies to the next ones."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.rejections: list[str] = []
        self.delay_s = 0.0
        self.attempts = 0
        self.url = ""

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Store a message, as aiosmtpd calls it."""
        self.attempts += 1
        await asyncio.sleep(self.delay_s)
        if self.rejections:
            return self.rejections.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        assert [message["To"].addresses[0].addr_spec] == envelope.rcpt_tos
        self.messages.append(message)
        return "250 OK"

    async def wait_for(self, subject: str, to: str = "") -> Message:
        """The latest message whose subject contains the text."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for message in reversed(self.messages):
                    if subject in message["Subject"] and to in message["To"]:
                        return message
                await asyncio.sleep(0.02)


@asynccontextmanager
async def open_mailbox() -> AsyncIterator[Mailbox]:
    """A running SMTP server; `url` is its SMTP_URL."""
    mailbox = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mailbox, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0
    )
    mailbox.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield mailbox
    finally:
        server.close()


def text_of(message: Message, kind: str = "plain") -> str:
    """The message's text."""
    body = message.get_body([kind])
    assert body is not None
    return str(body.get_content())


def token_of(message: Message) -> str:
    """The token of the message's link."""
    (token,) = set(re.findall(r"token=([\w=-]+)", text_of(message)))
    return str(token)


async def files_of(directory: Path, count: int = 1) -> list[Path]:
    """The files of an outbox, once there are so many."""
    async with asyncio.timeout(PATIENCE_S):
        while len(files := sorted(directory.glob("*.eml"))) < count:
            await asyncio.sleep(0.02)
    return files
