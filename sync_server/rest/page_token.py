"""Page tokens: opaque places in a list, bound to the user and to what the list was asked for."""

import base64
import binascii
import hashlib

import orjson

_SEAL_BYTES = 12


class BadToken(ValueError):
    """The text is no page token of this user's list."""


def encode_token(key: str | int, id: str, user_id: str, asked: str) -> str:
    """The place after a record: what the list is ordered by, and the record's id."""
    payload = orjson.dumps([key, id])
    return base64.urlsafe_b64encode(_seal(user_id, asked, payload) + payload).decode().rstrip("=")


def decode_token(token: str, user_id: str, asked: str) -> tuple[str | int, str]:
    """The place that a token names; raises BadToken."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise BadToken("The page token is malformed.") from None
    seal, payload = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
    if seal != _seal(user_id, asked, payload):
        raise BadToken("The page token was not made for this list.")
    key, id = orjson.loads(payload)
    return key, id


def _seal(user_id: str, asked: str, payload: bytes) -> bytes:
    # Not a secret: a forged token could only point elsewhere in its owner's own list.
    digest = hashlib.blake2b(asked.encode(), key=user_id.encode(), digest_size=_SEAL_BYTES)
    digest.update(b"\0" + payload)
    return digest.digest()
