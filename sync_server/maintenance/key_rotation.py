"""Key rotation: stored secrets get the first of SECRET_KEYS, so that older keys can be removed."""

import structlog

from sync_server.config.settings import Config
from sync_server.security.secret_box import EncryptedSecret, Undecryptable, decrypt, encrypt
from sync_server.store.postgres import Pool, bypass_row_level_security

BATCH = 500
log = structlog.get_logger(__name__)
FIND_OLD = f"""
SELECT user_id, key_id, secret FROM totp WHERE key_id <> $1 AND user_id > $2
ORDER BY user_id LIMIT {BATCH}
"""
REPLACE = "UPDATE totp SET key_id = $3, secret = $4 WHERE user_id = $1 AND secret = $2"
_LOWEST = "00000000-0000-0000-0000-000000000000"


async def encrypt_again(pool: Pool, config: Config) -> int:
    """Number of secrets that got the first key; those whose key is unknown stay, and are logged."""
    keys, done, unknown, after = config.auth.secret_keys, 0, 0, _LOWEST
    if not keys:
        return 0
    while True:
        async with bypass_row_level_security(pool, config) as connection:
            rows = await connection.fetch(FIND_OLD, next(iter(keys)), after)
            for user_id, key_id, secret in rows:
                after = user_id
                try:
                    plain = decrypt(EncryptedSecret(key_id, secret), keys, user_id)
                except Undecryptable:
                    unknown += 1
                    continue
                new = encrypt(plain, keys, user_id)
                await connection.execute(REPLACE, user_id, secret, new.key_id, new.ciphertext)
                done += 1
        if len(rows) < BATCH:
            break
    if unknown:
        log.error("secrets of second factors have a key that is not in SECRET_KEYS", count=unknown)
    return done
