"""Encryption of stored secrets: AES-256-GCM, with a key derived from one of SECRET_KEYS."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_KEY_BYTES = 32


class Undecryptable(Exception):
    """The key is not among SECRET_KEYS any more, or the ciphertext is another user's."""


@dataclass(frozen=True, slots=True)
class EncryptedSecret:
    """Stored form of a secret: the id of its key, and nonce with ciphertext."""

    key_id: str
    ciphertext: bytes = field(repr=False)


def encrypt(secret: bytes, keys: Mapping[str, bytes], user_id: str) -> EncryptedSecret:
    """Encrypt with the first key, bound to the user."""
    key_id, key = next(iter(keys.items()))
    nonce = os.urandom(_NONCE_BYTES)
    return EncryptedSecret(key_id, nonce + _cipher(key).encrypt(nonce, secret, user_id.encode()))


def decrypt(stored: EncryptedSecret, keys: Mapping[str, bytes], user_id: str) -> bytes:
    """Secret of the stored form; raises Undecryptable."""
    key = keys.get(stored.key_id)
    if key is None:
        raise Undecryptable
    nonce, ciphertext = stored.ciphertext[:_NONCE_BYTES], stored.ciphertext[_NONCE_BYTES:]
    try:
        return _cipher(key).decrypt(nonce, ciphertext, user_id.encode())
    except (InvalidTag, ValueError):
        raise Undecryptable from None


def _cipher(key: bytes) -> AESGCM:
    # The same keys sign tokens: a derived one is independent of those signatures.
    derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"trackforge stored secret")
    return AESGCM(derived.derive(key))
