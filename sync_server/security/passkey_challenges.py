"""Challenges for authenticators: signed ones for a new passkey, derived ones for a log-in."""

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

LIFETIME_S = 300
_ID_BYTES, _TIME_BYTES = 16, 8


class BadPasskey(Exception):
    """The response of an authenticator is malformed, or does not verify."""


@dataclass(frozen=True, slots=True)
class RegistrationChallenge:
    """Challenge that was made for a user: its id, and the end of its time in seconds."""

    id: str
    expires_s: int


def new_registration_challenge(keys: Mapping[str, bytes], user_id: str, now_s: int) -> bytes:
    """Challenge for a new passkey of the user: an id, the end of its time and a MAC."""
    content = uuid.uuid4().bytes + (now_s + LIFETIME_S).to_bytes(_TIME_BYTES)
    return content + _mac(next(iter(keys.values())), user_id, content)


def read_registration_challenge(
    challenge: bytes, keys: Mapping[str, bytes], user_id: str, now_s: int
) -> RegistrationChallenge:
    """Read a challenge; raises BadPasskey if it is expired or not of this user."""
    content, mac = challenge[: _ID_BYTES + _TIME_BYTES], challenge[_ID_BYTES + _TIME_BYTES :]
    expires_s = int.from_bytes(content[_ID_BYTES:])
    genuine = any(hmac.compare_digest(_mac(key, user_id, content), mac) for key in keys.values())
    if not genuine or len(content) < _ID_BYTES + _TIME_BYTES or expires_s <= now_s:
        raise BadPasskey("challenge")
    return RegistrationChallenge(str(uuid.UUID(bytes=content[:_ID_BYTES])), expires_s)


def login_challenge(token: str) -> bytes:
    """Challenge for the authenticator, derived from the signed challenge of a log-in."""
    return hashlib.sha256(b"passkey of a log-in\0" + token.encode()).digest()


def _mac(key: bytes, user_id: str, content: bytes) -> bytes:
    message = b"passkey registration\0" + uuid.UUID(user_id).bytes + content
    return hmac.digest(key, message, "sha256")
