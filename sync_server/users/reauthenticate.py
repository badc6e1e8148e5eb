"""Re-authentication: the password is required again before an act that cannot be undone."""

import datetime
from dataclasses import dataclass

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge_failures
from sync_server.rate_limit.policies import PASSWORD_ACCOUNT
from sync_server.store.postgres import POOL, transaction
from sync_server.users import queries
from sync_server.web.errors import InvalidCredentials
from sync_server.web.identity import user_of
from sync_server.web.passwords import PASSWORDS


@dataclass(frozen=True, slots=True)
class Reauthenticated:
    """Result of a re-authentication: the hash that matched, the account's address, the time.

    The act that follows must find the same hash.
    """

    stored: str
    email: str
    now: datetime.datetime


async def reauthenticate(request: web.Request, password: str) -> Reauthenticated:
    """Check the password again. Only wrong ones are counted.

    Raises InvalidCredentials, RateLimited or Overloaded.
    """
    user_id = user_of(request)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        row = await queries.read_user(connection, user_id)
    stored: str | None = row["password_hash"] if row else None
    async with charge_failures(request, Cost(PASSWORD_ACCOUNT, user_id)):
        if not await request.app[PASSWORDS].match(stored, password) or stored is None:
            raise wrong()
    assert row is not None
    return Reauthenticated(stored, row["email"], datetime.datetime.now(datetime.UTC))


def wrong() -> InvalidCredentials:
    """Error for a wrong password; not a 401, which clients take for an expired token."""
    return InvalidCredentials("The password is wrong.")
