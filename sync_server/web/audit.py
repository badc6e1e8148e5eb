"""The audit trail: who did what to which account. Ids and numbers only, never contents."""

import datetime
import uuid
from typing import Literal

import orjson

from sync_server.store.postgres import Connection

Action = Literal[
    "account_deleted",
    "account_disabled",
    "account_enabled",
    "email_changed",
    "email_verified",
    "exported",
    "identity_linked",
    "identity_unlinked",
    "password_changed",
    "password_reset",
    "recovery_code_used",
    "recovery_codes_replaced",
    "refresh_reused",
    "role_granted",
    "second_factor_disabled",
    "second_factor_enabled",
    "sessions_ended",
    "support_looked_up",
    "support_read_audit",
    "support_read_sync",
]


async def audit(
    connection: Connection,
    user_id: str,
    actor_id: str | None,
    action: Action,
    request_id: str | None,
    now: datetime.datetime,
    **details: str | int,
) -> None:
    """Note an act on the account `user_id`, in the caller's transaction.

    `actor_id` is None when the command line or the server itself acted.
    """
    await connection.execute(
        "INSERT INTO audit (user_id, id, actor_id, action, details, request_id, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        user_id, str(uuid.uuid4()), actor_id, action, orjson.dumps(details).decode(), request_id,
        now,
    )  # fmt: skip
