"""ID tokens of OpenID Connect providers (OpenID Connect Core 1.0, 3.1.3.7): checks of one token."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

# Public-key algorithms only: with an HMAC the published key would be the secret.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
MAX_AGE_S = 3600
LEEWAY_S = 60
MIN_RSA_BITS = 2048
_MAX_CHARACTERS = 16_384
_MAX_TEXT = 255
_REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]

Jwk = Mapping[str, Any]


class BadIdToken(Exception):
    """The token is not valid; the text is for the log, not for the caller."""


class UnknownIdTokenKey(BadIdToken):
    """No key of the provider fits: it may have published new ones."""


@dataclass(frozen=True, slots=True)
class IdTokenClaims:
    """Identity at a provider. `email` is empty unless the provider vouches for it."""

    issuer: str
    subject: str
    email: str = field(repr=False)


def read_id_token(
    token: str, keys: Sequence[Jwk], issuer: str, client_ids: Sequence[str], nonce: str, now_s: int
) -> IdTokenClaims:
    """Check a token against the provider's keys; raises BadIdToken or UnknownIdTokenKey."""
    try:
        if len(token) > _MAX_CHARACTERS:
            raise BadIdToken("too long")
        header = jwt.get_unverified_header(token)
        payload = jwt.decode(
            token,
            _key(header, keys),
            algorithms=[header["alg"]],
            audience=client_ids,
            issuer=issuer,
            leeway=LEEWAY_S,
            options={"require": _REQUIRED, "strict_aud": False},
        )
    except jwt.InvalidSignatureError:
        raise UnknownIdTokenKey("the signature does not fit") from None
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadIdToken(f"{type(error).__name__}: {error}") from None
    _check_audience(payload, client_ids)
    _check_times(payload, now_s)
    _check_nonce(payload["nonce"], nonce)
    subject = payload["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= _MAX_TEXT or "\0" in subject:
        raise BadIdToken("no proper subject")
    return IdTokenClaims(issuer, subject, _verified_email(payload))


def _key(header: Mapping[str, Any], keys: Sequence[Jwk]) -> jwt.PyJWK:
    """Key of the header's id and algorithm; of the header nothing else is believed."""
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise BadIdToken("an algorithm that is not accepted")
    if "crit" in header:
        raise BadIdToken("critical extensions are not known")
    fitting = [
        key
        for key in keys
        if key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (key_id is None or key.get("kid") == key_id)
    ]
    if len(fitting) != 1:
        raise UnknownIdTokenKey("no key, or more than one, has this id and algorithm")
    key = jwt.PyJWK.from_dict(dict(fitting[0]), algorithm=algorithm)
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < MIN_RSA_BITS:
        raise BadIdToken("a key that is too short")
    return key


def _check_audience(payload: Mapping[str, Any], client_ids: Sequence[str]) -> None:
    """Raise BadIdToken unless all audiences, and the authorized party, are apps of ours."""
    audience, party = payload["aud"], payload.get("azp")
    audiences = audience if isinstance(audience, list) else [audience]
    if not all(it in client_ids for it in audiences):
        raise BadIdToken("an audience that is not ours")
    if (party is None and len(audiences) > 1) or (party is not None and party not in client_ids):
        raise BadIdToken("an authorized party that is not ours")


def _check_times(payload: Mapping[str, Any], now_s: int) -> None:
    times = [payload["exp"], payload["iat"], payload.get("nbf", 0)]
    if not all(type(it) in (int, float) for it in times):
        raise BadIdToken("a time that is no number")
    if payload["iat"] < now_s - MAX_AGE_S:
        raise BadIdToken("issued too long ago")


def _check_nonce(claim: object, nonce: str) -> None:
    """Raise BadIdToken unless the claim is the nonce, or its SHA-256, which Apple's apps send."""
    hashed = hashlib.sha256(nonce.encode()).hexdigest()
    if not isinstance(claim, str) or not nonce:
        raise BadIdToken("no nonce")
    sent = claim.encode()
    if not any(hmac.compare_digest(sent, it.encode()) for it in (nonce, hashed)):
        raise BadIdToken("another nonce")


def _verified_email(payload: Mapping[str, Any]) -> str:
    """Address of the token if the provider vouches for it; Apple writes the flag as a text."""
    email, flag = payload.get("email"), payload.get("email_verified")
    verified = flag is True or flag == "true"
    return email if isinstance(email, str) and verified else ""
