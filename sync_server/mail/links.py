"""Links of mails: single-use tokens that are stored as hashes and expire after an hour."""

import datetime
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.mail.messages import Mail
from sync_server.security.tokens import (
    RANDOM_BYTES,
    BadToken,
    refresh_token,
    token_hash,
    user_of_refresh_token,
)
from sync_server.store.postgres import Connection
from sync_server.web.errors import InvalidLink

Purpose = Literal["verify_email", "change_email", "reset_password"]
LIFETIME = datetime.timedelta(hours=1)
PATHS: dict[Purpose, str] = {
    "verify_email": "verify-email",
    "change_email": "verify-email",
    "reset_password": "reset-password",
}
FIND = """
SELECT purpose, email, family_id FROM email_links
WHERE user_id = $1 AND hash = $2 AND purpose = ANY($3::text[]) AND expires_at > $4
"""
USE = """
DELETE FROM email_links
WHERE user_id = $1 AND hash = $2 AND purpose = ANY($3::text[]) AND expires_at > $4
RETURNING purpose, email, family_id
"""


@dataclass(frozen=True, slots=True)
class Link:
    """Stored link: its purpose, the address that it was sent to, the session that asked for it."""

    purpose: Purpose
    email: str
    family_id: str | None


async def create_link(
    connection: Connection,
    config: Config,
    user_id: str,
    purpose: Purpose,
    email: str,
    family_id: str | None = None,
) -> Mail:
    """Store a new link, in the caller's transaction; the mail that carries it."""
    now = datetime.datetime.now(datetime.UTC)
    # The form of a refresh token: it names its user, so that it is found under that user.
    token = refresh_token(user_id, secrets.token_bytes(RANDOM_BYTES))
    await connection.execute(
        "INSERT INTO email_links (user_id, hash, purpose, email, family_id, created_at, "
        "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        user_id, token_hash(token), purpose, email, family_id, now, now + LIFETIME,
    )  # fmt: skip
    link = f"{config.mail.mail_link_url.rstrip('/')}/{PATHS[purpose]}?token={token}"
    return Mail(purpose, email, {"link": link, "email": email})


def user_of_link(token: str) -> UserId:
    """User that a link's token names; raises InvalidLink."""
    try:
        return UserId(user_of_refresh_token(token))
    except BadToken:
        raise InvalidLink from None


async def find_link(
    connection: Connection,
    token: str,
    purposes: Iterable[Purpose],
    now: datetime.datetime,
    *,
    use: bool,
) -> Link:
    """Valid link of a token; with `use` it is deleted, so it is valid once. Raises InvalidLink."""
    row = await connection.fetchrow(
        USE if use else FIND, user_of_link(token), token_hash(token), list(purposes), now
    )
    if row is None:
        raise InvalidLink
    return Link(row["purpose"], row["email"], row["family_id"])


async def delete_links(connection: Connection, user_id: str, *purposes: Purpose) -> None:
    """Delete the user's links of these purposes."""
    await connection.execute(
        "DELETE FROM email_links WHERE user_id = $1 AND purpose = ANY($2::text[])",
        user_id, list(purposes),
    )  # fmt: skip
