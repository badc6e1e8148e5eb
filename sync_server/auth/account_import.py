"""Accounts from another system: an e-mail and a hash of the password a line, bcrypt or Argon2."""

import asyncio
import datetime
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

from sync_server.auth import account_queries
from sync_server.config.settings import Config
from sync_server.security.passwords import (
    email_problem,
    hasher,
    is_argon2,
    is_bcrypt,
    normal_email,
    wrapped,
)
from sync_server.store.postgres import Pool, transaction
from sync_server.web.errors import EmailTaken


@dataclass(slots=True)
class Imported:
    """Counts of accounts created and of e-mails already taken, and the errors by line."""

    created: int = 0
    taken: int = 0
    rejected: dict[int, str] = field(default_factory=dict)


async def import_accounts(
    pool: Pool, config: Config, lines: Iterable[bytes], now: datetime.datetime
) -> Imported:
    """Make an account of each line `{"email": …, "password_hash": …}`; importing again adds none.

    A bcrypt hash is stored within Argon2id until its owner logs in, and then replaced by Argon2id.
    """
    done = Imported()
    argon2 = hasher(
        config.auth.argon2_time_cost, config.auth.argon2_memory_kib, config.auth.argon2_parallelism
    )
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            email, password_hash = _read(line)
        except ValueError as error:
            done.rejected[number] = str(error)
            continue
        if is_bcrypt(password_hash):
            password_hash = await asyncio.to_thread(wrapped, argon2, password_hash)
        user_id, epoch = str(uuid.uuid4()), secrets.randbits(62) + 1
        try:
            async with transaction(pool, config, user_id) as connection:
                await account_queries.insert_user(
                    connection, user_id, email, normal_email(email), password_hash, epoch, now
                )
        except EmailTaken:
            done.taken += 1
        else:
            done.created += 1
    return done


def _read(line: bytes) -> tuple[str, str]:
    """The e-mail and the hash of a line; raises ValueError that says what is wrong."""
    account = orjson.loads(line)
    if not isinstance(account, dict) or set(account) != {"email", "password_hash"}:
        raise ValueError("not an object of email and password_hash")
    email, password_hash = account["email"], account["password_hash"]
    if not isinstance(email, str) or email_problem(email):
        raise ValueError("not an e-mail address")
    if not isinstance(password_hash, str) or not (
        is_bcrypt(password_hash) or is_argon2(password_hash)
    ):
        raise ValueError("neither a bcrypt nor an Argon2 hash")
    return email.strip(), password_hash
