"""Granting a role: the account's sessions end, so that no token carries the old one."""

import datetime

from sync_server.config.settings import Config
from sync_server.security.passwords import normal_email
from sync_server.store.postgres import Pool, bypass_row_level_security
from sync_server.support import queries
from sync_server.web.audit import audit
from sync_server.web.revocation import revoke_sessions


class NoSuchAccount(Exception):
    """No account has this e-mail."""


async def grant(
    pool: Pool, config: Config, email: str, role: str, now: datetime.datetime
) -> tuple[str, list[str]]:
    """Give the account with this e-mail a role; its id and the sessions that ended.

    Raises NoSuchAccount. An account that has the role already keeps its sessions.
    """
    async with bypass_row_level_security(pool, config) as connection:
        account = await queries.find(connection, normal_email(email))
        if account is None:
            raise NoSuchAccount
        user_id: str = account["id"]
        if not await queries.set_role(connection, user_id, role):
            return user_id, []
        ended = await revoke_sessions(connection, user_id, now)
        await audit(
            connection, user_id, None, "role_granted", None, now, role=role, was=account["role"]
        )
        return user_id, ended
