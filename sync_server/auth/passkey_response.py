"""Second factor by the response of a passkey."""

import datetime
from collections.abc import Mapping
from typing import Any

from schema.ids import UserId
from sync_server.auth import passkey_queries
from sync_server.auth.relying_party import relying_party
from sync_server.config.settings import Config
from sync_server.security.passkey_challenges import BadPasskey, login_challenge
from sync_server.security.passkeys import id_of, verify_login
from sync_server.store.postgres import Connection
from sync_server.web.errors import InvalidPasskey


async def use_passkey(
    connection: Connection,
    config: Config,
    user_id: UserId,
    credential: Mapping[str, Any],
    token: str,
    now: datetime.datetime,
) -> None:
    """Verify a passkey's response to the log-in challenge `token`; raises InvalidPasskey."""
    party = relying_party(config)
    try:
        stored = await passkey_queries.lock(connection, user_id, id_of(credential))
        if stored is None or party is None:
            raise InvalidPasskey
        challenge, key = login_challenge(token), stored.public_key
        count = verify_login(party, credential, challenge, key, stored.sign_count)
    except BadPasskey:
        raise InvalidPasskey from None
    await passkey_queries.note_use(connection, user_id, stored.id, count, now)
