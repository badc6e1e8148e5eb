"""Messages of mails, rendered from the templates beside this module: plain text and HTML."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, make_msgid, parseaddr
from functools import cache
from importlib.resources import files
from string import Template
from typing import Literal

TemplateName = Literal[
    "change_email",
    "email_changed",
    "identity_linked",
    "identity_unlinked",
    "new_device",
    "passkey_added",
    "passkey_removed",
    "password_changed",
    "recovery_code_used",
    "reset_password",
    "second_factor_disabled",
    "second_factor_enabled",
    "verify_email",
]


@dataclass(frozen=True, slots=True)
class Mail:
    """Mail to one address. `values` fill the template; `repr` has neither, they are private."""

    template: TemplateName
    recipient: str = field(repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


def render(mail: Mail, sender: str) -> EmailMessage:
    """Message of a mail; raises ValueError when an address cannot be written into a header."""
    subject, _, text = _template(f"{mail.template}.txt").substitute(mail.values).partition("\n\n")
    escaped = {name: html.escape(value) for name, value in mail.values.items()}
    content = _template(f"{mail.template}.html").substitute(escaped)
    page = _template("layout.html").substitute(subject=html.escape(subject), content=content)
    message = EmailMessage(SMTP)
    message["Subject"] = subject
    message["From"] = from_ = address(sender)
    message["To"] = address(mail.recipient)
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = make_msgid(domain=from_.domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte=_encoding(text))
    message.add_alternative(page, subtype="html", cte=_encoding(page))
    return message


def notice(template: TemplateName, recipient: str, now: datetime, device: str = "") -> Mail:
    """Mail about an event of the account, sent to its address."""
    time = f"{now:%Y-%m-%d at %H:%M UTC}"
    # A name with line breaks could pass for text of ours.
    device = " ".join(device.split()) or "unnamed"
    return Mail(template, recipient, {"email": recipient, "time": time, "device": device})


def address(text: str) -> Address:
    """Address of `name@domain` or `Name <name@domain>`, the domain in ASCII; raises ValueError.

    The local part is quoted where needed, so that one address never becomes two.
    """
    name, plain = parseaddr(text) if text.endswith(">") else ("", text.strip())
    local, at, domain = plain.rpartition("@")
    if not at or not local or not domain:
        raise ValueError("not an e-mail address")
    return Address(name, local, domain.encode("idna").decode())


def _encoding(text: str) -> str | None:
    """Transfer encoding that leaves a link in ASCII text as it is; None: the library's choice."""
    return "7bit" if text.isascii() else None


@cache
def _template(name: str) -> Template:
    return Template(files(__package__).joinpath("templates", name).read_text("utf-8"))
