"""Second factors of an account: state, changes with their traces, recovery codes."""

import datetime

from aiohttp import web

from schema.ids import UserId
from sync_server.auth import account_queries, passkey_queries, totp_queries
from sync_server.auth.account_queries import Account
from sync_server.mail.mailer import MAILER
from sync_server.mail.messages import TemplateName, notice
from sync_server.security.one_time_codes import new_recovery_codes, recovery_hash
from sync_server.store.postgres import Connection
from sync_server.web.audit import Action, audit
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import AccountDeleted
from sync_server.web.identity import user_of


async def methods(connection: Connection, user_id: str) -> list[str]:
    """Second factors that a log-in may prove, such as `["totp", "recovery_code"]`; empty: none."""
    found = []
    if await totp_queries.is_enabled(connection, user_id):
        found.append("totp")
    if await passkey_queries.credential_ids(connection, user_id):
        found.append("passkey")
    return [*found, "recovery_code"] if found else []


async def forget_if_last(connection: Connection, user_id: UserId) -> bool:
    """Delete what belonged to the last factor; False if there is another one.

    The recovery codes are void, and no session counts as proven any more.
    """
    if await methods(connection, user_id):
        return False
    await totp_queries.forget_second_factor(connection, user_id)
    return True


async def renew_codes(connection: Connection, user_id: UserId, now: datetime.datetime) -> list[str]:
    """New recovery codes, which replace the earlier ones."""
    codes = new_recovery_codes()
    hashes = [recovery_hash(code) for code in codes]
    await totp_queries.replace_recovery_codes(connection, user_id, hashes, now)
    return codes


async def locked_account(
    connection: Connection, user_id: UserId, *, exclusive: bool = False
) -> Account:
    """The user's account, its row locked until the transaction ends; raises AccountDeleted."""
    account = await account_queries.lock_account(connection, user_id, exclusive=exclusive)
    if account is None:
        raise AccountDeleted
    return account


async def note(
    connection: Connection, request: web.Request, action: Action, now: datetime.datetime
) -> None:
    """Note an act of the user in the audit trail."""
    user_id = user_of(request)
    await audit(connection, user_id, user_id, action, request[REQUEST_ID], now)


def notify(
    request: web.Request,
    template: TemplateName,
    email: str,
    now: datetime.datetime,
    device: str = "",
) -> None:
    """Send the account's address a notice, after the response."""
    request.app[MAILER].post(notice(template, email, now, device))
