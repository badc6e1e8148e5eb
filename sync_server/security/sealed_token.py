"""Opaque URL-safe tokens that are bound to one user: a payload with a keyed digest."""

import base64
import binascii
import hashlib

_SEAL_BYTES = 12


class InvalidSeal(ValueError):
    """The text is no token of this user and scope."""


def seal(payload: bytes, user_id: str, scope: str = "") -> str:
    """Token of a payload; `scope` names what else the token is bound to."""
    sealed = payload + _digest(payload, user_id, scope)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(token: str, user_id: str, scope: str = "") -> bytes:
    """Payload of a token; raises InvalidSeal."""
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidSeal from None
    payload, digest = sealed[:-_SEAL_BYTES], sealed[-_SEAL_BYTES:]
    if digest != _digest(payload, user_id, scope):
        raise InvalidSeal
    return payload


def _digest(payload: bytes, user_id: str, scope: str) -> bytes:
    # Not a secret: a forged token could only name another position of its owner's own records.
    bound = scope.encode() + b"\0" + payload if scope else payload
    return hashlib.blake2b(bound, key=user_id.encode(), digest_size=_SEAL_BYTES).digest()
