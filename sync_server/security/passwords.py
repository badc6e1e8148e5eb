"""Passwords: what is accepted, and Argon2id (RFC 9106) with parameters from the settings."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST_CHARACTERS, MOST_CHARACTERS, MOST_BYTES = 8, 128, 1024


def password_problem(password: str) -> str | None:
    """What is wrong with a new password, or None. Any characters but NUL are welcome."""
    if "\0" in password:
        return "May not contain NUL."
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        return f"Must be {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters long."
    if len(password.encode()) > MOST_BYTES:
        return f"Must be at most {MOST_BYTES} bytes in UTF-8."
    return None


def normal_email(email: str) -> str:
    """The form in which two spellings of one address are equal: NFC, lower case."""
    return unicodedata.normalize("NFC", email.strip()).lower()


def email_problem(email: str) -> str | None:
    """What is wrong with an address, or None. Only a message sent to it could tell more."""
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
    """Whether the password is the one that was hashed."""
    try:
        return argon2.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
