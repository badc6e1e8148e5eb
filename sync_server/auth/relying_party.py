"""Relying party of the passkeys, from the settings."""

from sync_server.config.settings import Config
from sync_server.security.passkeys import RelyingParty


def relying_party(config: Config) -> RelyingParty | None:
    """Domain and origins of the passkeys; None where the operator has set no domain."""
    if not config.auth.passkey_rp_id:
        return None
    return RelyingParty(config.auth.passkey_rp_id, config.auth.passkey_origins)
