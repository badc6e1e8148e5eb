"""Settings of mails and of the links in them."""

from dataclasses import dataclass

from sync_server.config.parsing import setting


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Settings of mails and of the links in them."""

    smtp_url: str = setting(
        "",
        "SMTP server: smtp://user:password@host:587 (STARTTLS) or smtps://…:465 (TLS); "
        "empty: mails are files in DATA_DIR/outbox",
    )
    smtp_timeout_s: float = setting(20.0, "Timeout of the SMTP server", 0.01)
    mail_from: str = setting("TrackForge <no-reply@localhost>", "Sender of mails")
    mail_link_url: str = setting(
        "trackforge://account",
        "Base of the links in mails, a page or an app: BASE/verify-email?token=… and "
        "BASE/reset-password?token=…",
    )
    mail_retry_s: float = setting(
        5.0, "Pause before a failed mail is sent again; then 4 and 16 times as long", 0.01
    )
    email_verification_required: bool = setting(
        False,
        "Demand a verified e-mail address for everything but the account itself; a new address "
        "then replaces the old one only when its link is opened",
    )
