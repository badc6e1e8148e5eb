"""Challenges: signed proofs of a log-in's first factor, to be completed by the second."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt

from sync_server.security.tokens import ALGORITHM, BadToken

TYPE = "challenge+jwt"
LIFETIME_S = 300
_REQUIRED = ["jti", "sub", "exp", "state"]


@dataclass(frozen=True, slots=True)
class Challenge:
    """User whose first factor was right, the device that logs in, and `state_of` the account.

    Its `id` is used up by the log-in.
    """

    id: str
    user_id: str
    device_name: str | None
    state: str = field(repr=False)


def state_of(password_hash: str) -> str:
    """Digest of a stored hash: another password makes earlier challenges void."""
    return hashlib.sha256(password_hash.encode()).hexdigest()


def new_challenge(user_id: str, device_name: str | None, password_hash: str) -> Challenge:
    """Challenge of a log-in whose first factor was right."""
    return Challenge(str(uuid.uuid4()), user_id, device_name, state_of(password_hash))


def challenge_token(challenge: Challenge, keys: Mapping[str, bytes], now_s: int) -> str:
    """Signed challenge, valid for LIFETIME_S."""
    key_id, key = next(iter(keys.items()))
    payload = {
        "jti": challenge.id,
        "sub": challenge.user_id,
        "state": challenge.state,
        "device": challenge.device_name,
        "exp": now_s + LIFETIME_S,
    }
    return jwt.encode(payload, key, ALGORITHM, headers={"kid": key_id, "typ": TYPE})


def read_challenge(token: str, keys: Mapping[str, bytes]) -> Challenge:
    """Challenge of a token; raises BadToken if it is expired or none of ours."""
    try:
        header = jwt.get_unverified_header(token)
        key = keys.get(header.get("kid", ""))
        if key is None or header.get("typ") != TYPE:
            raise BadToken
        payload = jwt.decode(token, key, algorithms=[ALGORITHM], options={"require": _REQUIRED})
        id, user_id = str(uuid.UUID(payload["jti"])), str(uuid.UUID(payload["sub"]))
        return Challenge(id, user_id, payload["device"], payload["state"])
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, KeyError):
        raise BadToken from None
