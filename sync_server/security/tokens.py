"""Access tokens (JWT, RFC 9068) and refresh tokens (random, never stored in the clear)."""

import base64
import binascii
import hashlib
import hmac
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import jwt

ALGORITHM = "HS256"
TYPE = "at+jwt"
LEEWAY_S = 10
RANDOM_BYTES = 32
_TIME_BYTES, _SEAL_BYTES = 4, 12
_REQUIRED = ["iss", "aud", "sub", "jti", "iat", "nbf", "exp", "sid", "scope"]
_TIMES = ("iat", "nbf", "exp")
_MAX_CHARACTERS = 4096


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims of an access token. `family_id` is its session's, times are Unix seconds."""

    user_id: str
    jti: str
    family_id: str
    expires_at: int
    scopes: frozenset[str]


class BadToken(Exception):
    """The token is not one of ours."""


class ExpiredToken(BadToken):
    """The token was ours."""


def access_token(
    claims: Claims, keys: Mapping[str, bytes], issuer: str, audience: str, now_s: int
) -> str:
    """Sign with the first key."""
    kid, key = next(iter(keys.items()))
    payload = {
        "iss": issuer,
        "aud": audience,
        "sub": claims.user_id,
        "jti": claims.jti,
        "sid": claims.family_id,
        "scope": " ".join(sorted(claims.scopes)),
        "iat": now_s,
        "nbf": now_s,
        "exp": claims.expires_at,
    }
    return jwt.encode(payload, key, ALGORITHM, headers={"kid": kid, "typ": TYPE})


def read_access_token(token: str, keys: Mapping[str, bytes], issuer: str, audience: str) -> Claims:
    """Check a token; raises ExpiredToken or BadToken.

    Of the header only `kid` is believed, and only to look a key up here (RFC 8725).
    """
    try:
        if len(token) > _MAX_CHARACTERS:
            raise BadToken
        header = jwt.get_unverified_header(token)
        key = keys.get(header.get("kid", ""))
        if key is None or header.get("typ") != TYPE:
            raise BadToken
        payload = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_S,
            options={"require": _REQUIRED},
        )
        if not all(type(payload[name]) is int for name in _TIMES):
            raise BadToken  # the library takes text and fractions
        user_id, jti, family_id = (str(uuid.UUID(payload[name])) for name in ("sub", "jti", "sid"))
        scopes = frozenset(payload["scope"].split())
        return Claims(user_id, jti, family_id, int(payload["exp"]), scopes)
    except jwt.ExpiredSignatureError:
        raise ExpiredToken from None
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise BadToken from None


def refresh_token(user_id: str, random: bytes) -> str:
    """A refresh token: its user's id, so that it is found under the user, and 32 bytes."""
    return base64.urlsafe_b64encode(uuid.UUID(user_id).bytes + random).decode()


def session_bytes(
    user_id: str, family_id: str, issued_s: int, random: bytes, secret: bytes
) -> bytes:
    """The bytes after a refresh token's user: time of issue, 128 random bits, and a seal of all.

    The seal names the session, so that a database that was restored from a backup accepts a token
    that was issued after it.
    """
    head = issued_s.to_bytes(_TIME_BYTES) + random[: RANDOM_BYTES - _TIME_BYTES - _SEAL_BYTES]
    return head + _seal(user_id, family_id, head, secret)


def issued_at_of(token: str) -> int:
    """Unix seconds at which a refresh token claims to have been issued."""
    return int.from_bytes(_after_user(token)[:_TIME_BYTES])


def is_sealed_for(token: str, family_id: str, secrets: Iterable[bytes]) -> bool:
    """True if one of the keys has sealed the refresh token for this session."""
    packed, user_id = _after_user(token), user_of_refresh_token(token)
    head, seal = packed[:-_SEAL_BYTES], packed[-_SEAL_BYTES:]
    return any(
        hmac.compare_digest(seal, _seal(user_id, family_id, head, secret)) for secret in secrets
    )


def _after_user(token: str) -> bytes:
    return base64.urlsafe_b64decode(token)[-RANDOM_BYTES:]


def _seal(user_id: str, family_id: str, head: bytes, secret: bytes) -> bytes:
    message = uuid.UUID(user_id).bytes + uuid.UUID(family_id).bytes + head
    sealed = hmac.new(secret, b"refresh seal\n" + message, hashlib.sha256).digest()
    return sealed[:_SEAL_BYTES]


def user_of_refresh_token(token: str) -> str:
    """The user that a refresh token claims to be of; raises BadToken when it is none of ours."""
    try:
        packed = base64.b64decode(token.encode("ascii"), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadToken from None
    if len(packed) != 16 + RANDOM_BYTES:
        raise BadToken
    return str(uuid.UUID(bytes=packed[:16]))


def token_hash(token: str) -> bytes:
    """SHA-256 of a refresh token, the form in which it is stored."""
    return hashlib.sha256(token.encode()).digest()


def successor(token: str, idempotency_key: str, secret: bytes) -> bytes:
    """The random part of the next token under this key: a repeated request gets the same one."""
    message = f"{token}\n{idempotency_key}".encode()
    return hmac.new(secret, b"refresh successor\n" + message, hashlib.sha256).digest()
