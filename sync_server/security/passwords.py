"""Passwords: what is accepted, and Argon2id (RFC 9106) with parameters from the settings."""

import re
import unicodedata
from functools import cache

import bcrypt
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARACTERS, MAX_CHARACTERS, MAX_BYTES = 8, 128, 1024
COMMON = 3000
_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
_BCRYPT_BYTES = 72


def password_problem(password: str) -> str | None:
    """Error text for a new password, or None. Any characters but NUL are allowed."""
    if "\0" in password:
        return "May not contain NUL."
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        return f"Must be {MIN_CHARACTERS} to {MAX_CHARACTERS} characters long."
    if len(password.encode()) > MAX_BYTES:
        return f"Must be at most {MAX_BYTES} bytes in UTF-8."
    if password.lower() in _common():
        return "Is one of the most common passwords."
    return None


@cache
def _common() -> frozenset[str]:
    """The 3,000 most common passwords of a length that is accepted (OWASP ASVS 5, 6.2.4)."""
    # A megabyte of words that only a registration needs.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    ranked = FREQUENCY_LISTS["passwords"]
    return frozenset([word for word in ranked if len(word) >= MIN_CHARACTERS][:COMMON])


def normal_email(email: str) -> str:
    """The form in which two spellings of one address are equal: NFC, lower case."""
    return unicodedata.normalize("NFC", email.strip()).lower()


def email_problem(email: str) -> str | None:
    """Error text for an e-mail address, or None. Only a message sent to it could prove more."""
    local, at, domain = email.strip().rpartition("@")
    labels = domain.split(".")
    if not at or not local or len(labels) < 2 or not all(labels):
        return "Not an e-mail address."
    if len(email) > 254 or not email.strip().isprintable() or any(c.isspace() for c in email):
        return "Not an e-mail address."
    return None


def hasher(time_cost: int, memory_kib: int, parallelism: int) -> PasswordHasher:
    """Argon2id with the given passes, KiB of memory and lanes."""
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)


def matches(argon2: PasswordHasher, stored: str, password: str) -> bool:
    """True if the password matches the hash: Argon2's, or bcrypt's in an imported account.

    bcrypt never looked at more than 72 bytes, and libraries cut what was longer.
    """
    if is_bcrypt(stored):
        return bcrypt.checkpw(password.encode()[:_BCRYPT_BYTES], stored.encode())
    try:
        return argon2.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(argon2: PasswordHasher, stored: str) -> bool:
    """True if the hash has other parameters than a new one would have."""
    return is_bcrypt(stored) or argon2.check_needs_rehash(stored)


def is_bcrypt(stored: str) -> bool:
    """True if a hash is bcrypt's, in any of its variants."""
    return _BCRYPT.fullmatch(stored) is not None


def is_argon2(stored: str) -> bool:
    """True if a hash is a well-formed Argon2 hash."""
    try:
        extract_parameters(stored)
    except InvalidHashError:
        return False
    return True
