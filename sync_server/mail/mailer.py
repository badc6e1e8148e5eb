"""Mailer: sends mails in the background, so that no response waits for them or shows them."""

import asyncio
from collections.abc import AsyncIterator, Coroutine

import structlog
from aiohttp import web
from prometheus_client import Counter

from sync_server.config.settings import CONFIG, Config
from sync_server.mail.messages import Mail, render
from sync_server.mail.transports import (
    FAILURES,
    FileTransport,
    MailRejected,
    Transport,
    reason_of,
)
from sync_server.web.error_middleware import DATABASE_FAILURES

MAX_TASKS = 1000
MAX_CONNECTIONS = 4
CLOSE_TIMEOUT_S = 5.0
RETRY_FACTORS = (1, 4, 16)
"""Pauses before the second, third and fourth attempt, as multiples of MAIL_RETRY_S."""
MAILS = Counter("trackforge_mails_total", "Mails, by template and outcome.", ("mail", "outcome"))
log = structlog.get_logger(__name__)


class Mailer:
    """Background tasks that make and send mails. What is not sent when the process ends is lost."""

    def __init__(self, config: Config) -> None:
        self._sender, self._retry_s = config.mail.mail_from, config.mail.mail_retry_s
        self._outbox = config.stores.data_dir / "outbox"
        self._transport = self._new_transport(config)
        self._connections = asyncio.Semaphore(MAX_CONNECTIONS)
        self._tasks: set[asyncio.Task[None]] = set()
        if not config.mail.smtp_url:
            log.info("SMTP_URL is empty: mails are files", directory=str(self._outbox))

    def post(self, mail: Mail) -> None:
        """Send a mail in the background."""
        self.start(self.deliver(mail))

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Run in the background work that ends with a mail; above MAX_TASKS it is dropped."""
        if len(self._tasks) >= MAX_TASKS:
            work.close()
            MAILS.labels("any", "dropped").inc()
            log.warning("mail dropped: too many are waiting", waiting=len(self._tasks))
            return
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def deliver(self, mail: Mail) -> None:
        """Send a mail, with up to three retries; the outcome is logged, without the address."""
        try:
            message = render(mail, self._sender)
        except ValueError as error:
            MAILS.labels(mail.template, "failed").inc()
            log.warning("mail cannot be written", mail=mail.template, reason=type(error).__name__)
            return
        for factor in (*RETRY_FACTORS, None):
            try:
                async with self._connections:
                    await self._transport.send(message)
            except FAILURES as error:
                is_permanent = isinstance(error, MailRejected) and error.permanent
                if factor is None or is_permanent:
                    MAILS.labels(mail.template, "failed").inc()
                    log.error("mail not sent", mail=mail.template, reason=reason_of(error))
                    return
                log.warning("mail not sent yet", mail=mail.template, reason=reason_of(error))
                await asyncio.sleep(self._retry_s * factor)
            else:
                MAILS.labels(mail.template, "sent").inc()
                log.info("mail sent", mail=mail.template)
                return

    async def close(self) -> None:
        """Wait CLOSE_TIMEOUT_S for the tasks, then cancel the rest."""
        if not self._tasks:
            return
        _, waiting = await asyncio.wait(self._tasks, timeout=CLOSE_TIMEOUT_S)
        for task in waiting:
            task.cancel()
        if waiting:
            await asyncio.gather(*waiting, return_exceptions=True)
            log.warning("mails lost: the process ends", waiting=len(waiting))

    def _new_transport(self, config: Config) -> Transport:
        if not config.mail.smtp_url:
            return FileTransport(self._outbox)
        # Most servers that start have just been installed, and have no mail yet.
        from sync_server.mail.smtp import SmtpTransport

        return SmtpTransport(config.mail.smtp_url, config.mail.smtp_timeout_s)

    async def _guarded(self, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except DATABASE_FAILURES as error:
            log.error("mail not made: the database failed", reason=type(error).__name__)
        except Exception:
            log.exception("mail not made")


MAILER: web.AppKey[Mailer] = web.AppKey("mailer", Mailer)


async def mail_context(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context of the mailer; after the database, which its tasks use."""
    app[MAILER] = mailer = Mailer(app[CONFIG])
    yield
    await mailer.close()
