"""Opening of sessions: after the last factor was right, or with a challenge for the next one."""

import datetime
from dataclasses import dataclass

from sync_server.auth import factors, passkey_queries, session_queries
from sync_server.auth.account_queries import Account
from sync_server.auth.relying_party import relying_party
from sync_server.auth.sessions import Tokens, begin_session, session_scopes
from sync_server.config.settings import Config
from sync_server.mail.messages import Mail, notice
from sync_server.security.challenges import challenge_token, new_challenge
from sync_server.security.passkey_challenges import login_challenge
from sync_server.security.passkeys import login_options
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
    if not second_factor:
        await require_second_factor(connection, config, account, device_name, now)
    is_new = not await session_queries.knows_device(connection, account.id, device_name)
    scopes = session_scopes(
        config, account.role, verified=account.verified, second_factor=second_factor
    )
    tokens = await begin_session(
        connection, config, account.id, scopes, device_name, now, now if second_factor else None
    )
    mail = notice("new_device", account.email, now, device_name or "") if is_new else None
    return OpenedSession(tokens, mail)


async def require_second_factor(
    connection: Connection,
    config: Config,
    account: Account,
    device_name: str | None,
    now: datetime.datetime,
) -> None:
    """Raise SecondFactorRequired where the account has a second factor.

    Its members are the challenge and the methods; with passkeys, the options of the authenticator.
    """
    methods = await factors.methods(connection, account.id)
    if not methods:
        return
    challenge = new_challenge(account.id, device_name, account.password_hash)
    token = challenge_token(challenge, config.auth.secret_keys, int(now.timestamp()))
    extra: dict[str, object] = {"challenge": token, "methods": methods}
    party = relying_party(config)
    if "passkey" in methods and party is not None:
        credentials = await passkey_queries.credential_ids(connection, account.id)
        extra["passkey_options"] = login_options(party, login_challenge(token), credentials)
    elif "passkey" in methods:
        methods.remove("passkey")
    raise SecondFactorRequired(extra=extra)
