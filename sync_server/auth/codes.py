"""Codes of the second factor: a TOTP code or a recovery code, each accepted once."""

import datetime

import structlog

from schema.ids import UserId
from sync_server.auth import passkey_queries, totp_queries
from sync_server.auth.totp_queries import StoredTotp
from sync_server.config.settings import Config
from sync_server.mail.messages import TemplateName
from sync_server.security.one_time_codes import matching_step, normal_code, recovery_hash
from sync_server.security.secret_box import Undecryptable, decrypt
from sync_server.store.postgres import Connection
from sync_server.web.audit import audit
from sync_server.web.errors import InvalidCode, SecondFactorMissing

log = structlog.get_logger(__name__)


async def use_totp_code(
    connection: Connection,
    config: Config,
    user_id: UserId,
    stored: StoredTotp,
    code: str,
    now: datetime.datetime,
) -> bool:
    """Use up a TOTP code of a locked secret; False if it is wrong or was used."""
    try:
        secret = decrypt(stored.secret, config.auth.secret_keys, user_id).decode()
    except Undecryptable:
        log.error("a TOTP secret cannot be decrypted", key=stored.secret.key_id)
        return False
    step = matching_step(secret, normal_code(code), int(now.timestamp()), stored.used_step)
    if step is None:
        return False
    await totp_queries.use_step(connection, user_id, step, now)
    return True


async def use_code(
    connection: Connection,
    config: Config,
    user_id: UserId,
    code: str,
    now: datetime.datetime,
    request_id: str,
) -> TemplateName | None:
    """Use up a TOTP code or a recovery code of the user, in the caller's transaction.

    The template of a notice to send, if there is one. Raises SecondFactorMissing or InvalidCode.
    """
    stored = await totp_queries.lock(connection, user_id)
    if stored is not None and stored.confirmed:
        if await use_totp_code(connection, config, user_id, stored, code, now):
            return None
    elif not await passkey_queries.credential_ids(connection, user_id):
        raise SecondFactorMissing
    if not await totp_queries.use_recovery_code(connection, user_id, recovery_hash(code)):
        raise InvalidCode
    await audit(connection, user_id, user_id, "recovery_code_used", request_id, now)
    return "recovery_code_used"
