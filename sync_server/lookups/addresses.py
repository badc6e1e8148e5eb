"""Accounts by e-mail address: the directory has the user, whose row is read by its key."""

from schema.ids import UserId
from sync_server.security.passwords import normal_email, simple_email
from sync_server.store.postgres import Connection

# Of the addresses that are there, in the order of the parameter.
FIND = """
SELECT user_id FROM emails WHERE email_norm = ANY($1::text[])
ORDER BY array_position($1::text[], email_norm)
"""


async def find_users(connection: Connection, *addresses: str) -> list[UserId]:
    """Users of normal forms of addresses; the connection bypasses row-level security."""
    rows = await connection.fetch(FIND, addresses)
    return [row["user_id"] for row in rows]


async def find_user(connection: Connection, address: str) -> UserId | None:
    """User of the normal form of an address; the connection bypasses row-level security."""
    return next(iter(await find_users(connection, address)), None)


async def remove(connection: Connection, user_id: UserId, email: str) -> None:
    """Delete the entries of a user's address: a look-up by key asks one node, not all."""
    await connection.execute(
        "DELETE FROM emails WHERE email_norm = ANY($1::text[]) AND user_id = $2",
        [normal_email(email), simple_email(email)], user_id,
    )  # fmt: skip
