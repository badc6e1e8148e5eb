"""Settings of tokens, passwords, second factors, passkeys and OpenID Connect."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync_server.config.oidc_providers import ClientSecrets, OidcProviders
from sync_server.config.parsing import setting
from sync_server.config.passkey_origins import PasskeyOrigins
from sync_server.config.units import DAY_S

SECOND_FACTORS = ("staff", "nobody")


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """Settings of tokens, passwords, second factors, passkeys and OpenID Connect."""

    secret_keys: Mapping[str, bytes] = field(
        default_factory=dict,
        repr=False,
        metadata={
            "description": "Token keys as `kid:base64url,kid:base64url`; the first one signs",
            "validate": [],
        },
    )
    token_issuer: str = setting("trackforge", "`iss` of access tokens")
    token_audience: str = setting("trackforge", "`aud` of access tokens")
    access_token_lifetime_s: int = setting(900, "Lifetime of an access token", 1)
    refresh_token_lifetime_s: int = setting(7 * DAY_S, "Lifetime of a refresh token", 1)
    session_lifetime_days: int = setting(90, "Maximum lifetime of a session", 1)
    argon2_time_cost: int = setting(2, "Argon2id passes", 1)
    argon2_memory_kib: int = setting(19_456, "Argon2id memory, KiB", 8)
    argon2_parallelism: int = setting(1, "Argon2id lanes", 1)
    second_factor: str = setting(
        "",
        "Whose sessions need a second factor: staff (support and admin; without it they have the "
        "scopes of a user), or nobody; empty: staff, with private stores nobody",
        choices=("", *SECOND_FACTORS),
    )
    passkey_rp_id: str = setting(
        "",
        "Domain of passkeys (their relying party id), such as example.com; empty: no passkeys, "
        "with private stores localhost",
    )
    passkey_origins: PasskeyOrigins = setting(
        PasskeyOrigins(()),
        "Origins whose passkeys count, comma-separated: `https://app.example.com`, "
        "`android:apk-key-hash:…`; empty: https of PASSKEY_RP_ID",
    )
    oidc_providers: OidcProviders = setting(
        (),
        "OpenID Connect providers to sign in with: `google=https://accounts.google.com|client-id-1,"
        "client-id-2;apple=https://appleid.apple.com|com.example.app`",
    )
    oidc_client_secrets: ClientSecrets = field(
        default_factory=ClientSecrets,
        metadata={
            "description": "Secrets of the client ids of pages whose provider wants one: "
            "`client-id=secret;client-id-2=secret`",
            "validate": [],
        },
    )
    oidc_keys_lifetime_s: float = setting(3600.0, "Lifetime of cached keys of a provider", 1)
