"""The audit trail: who did what to which account. Ids and numbers only, never contents."""

import datetime
import uuid
from typing import Literal

import orjson
import structlog

from sync_server.store.postgres import Connection

log = structlog.get_logger(__name__)

Action = Literal[
    "account_deleted",
    "account_disabled",
    "account_enabled",
    "email_changed",
    "email_verified",
    "exported",
    "identity_linked",
    "identity_unlinked",
    "logged_in",
    "logged_out",
    "login_failed",
    "passkey_added",
    "passkey_removed",
    "password_changed",
    "password_reset",
    "push_key_dropped",
    "recovery_code_used",
    "recovery_codes_replaced",
    "refresh_reused",
    "registered",
    "role_granted",
    "session_ended",
    "second_factor_disabled",
    "second_factor_enabled",
    "sessions_ended",
    "support_explained",
    "support_looked_up",
    "support_read_audit",
    "support_read_devices",
    "support_read_fleet",
    "support_read_rejected",
    "support_read_sessions",
    "support_read_sync",
    "support_read_usage",
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

    `actor_id` is None when the command line or the server itself acted. The log has it too.
    """
    log.info("audit", action=action, user=user_id, actor=actor_id, request_id=request_id)
    await connection.execute(
        "INSERT INTO audit (user_id, id, actor_id, action, details, request_id, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        user_id, str(uuid.uuid4()), actor_id, action, orjson.dumps(details).decode(), request_id,
        now,
    )  # fmt: skip


MAX_FAILURES = 20
"""Failed log-ins in the audit trail of one account within an hour; the log has all."""

FAILURES = """
SELECT count(*) FROM audit
WHERE user_id = $1 AND action = 'login_failed' AND created_at > $2::timestamptz - interval '1 hour'
"""


async def audit_failed_login(
    connection: Connection, user_id: str, request_id: str | None, now: datetime.datetime
) -> None:
    """Note a failed log-in, unless there are enough: guesses must not fill the disk."""
    if await connection.fetchval(FAILURES, user_id, now) < MAX_FAILURES:
        await audit(connection, user_id, None, "login_failed", request_id, now)
