"""Opening of sessions: after the last factor was right, or with a challenge for the next one."""

import datetime
from dataclasses import dataclass

from sync_server.auth import session_queries, totp_queries
from sync_server.auth.account_queries import Account
from sync_server.auth.sessions import Tokens, begin_session, session_scopes
from sync_server.config.settings import Config
from sync_server.mail.messages import Mail, notice
from sync_server.security.challenges import Challenge, challenge_token, state_of
from sync_server.store.postgres import Connection
from sync_server.web.errors import SecondFactorRequired


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """Tokens of a new session, and a mail to send if the device is new."""

    tokens: Tokens
    notice: Mail | None


async def open_session(
    connection: Connection,
    config: Config,
    account: Account,
    device_name: str | None,
    now: datetime.datetime,
    *,
    second_factor: bool = False,
) -> OpenedSession:
    """Begin a session of an account whose row the caller's transaction has locked.

    `second_factor` if one was proven; without it, raises SecondFactorRequired where the account
    has one.
    """
    if not second_factor and await totp_queries.is_enabled(connection, account.id):
        challenge = Challenge(account.id, device_name, state_of(account.password_hash))
        token = challenge_token(challenge, config.secret_keys, int(now.timestamp()))
        raise SecondFactorRequired(extra={"challenge": token})
    is_new = not await session_queries.knows_device(connection, account.id, device_name)
    scopes = session_scopes(
        config, account.role, verified=account.verified, second_factor=second_factor
    )
    tokens = await begin_session(
        connection, config, account.id, scopes, device_name, now, now if second_factor else None
    )
    mail = notice("new_device", account.email, now, device_name or "") if is_new else None
    return OpenedSession(tokens, mail)
