"""Password hashes, Argon2id (RFC 9106) with parameters from the settings; e-mail addresses."""

import re
import unicodedata

import bcrypt
import idna
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
_BCRYPT_BYTES, _BCRYPT_SALT = 72, 29
_WRAPPED = "bcrypt+argon2id:"


def normal_email(email: str) -> str:
    """The form in which two spellings of one address are equal.

    That is NFKC with case folding (RFC 8265), and the domain as in DNS (UTS 46).
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email.strip()).casefold())
    local, at, _ = folded.rpartition("@")
    domain = email.strip().rpartition("@")[2]
    try:
        return local + at + idna.encode(domain, uts46=True).decode()
    except UnicodeError:
        return folded


def simple_email(email: str) -> str:
    """The form that earlier releases compared: NFC, lower case."""
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
    """True if the password matches the hash: Argon2's, or that of an imported account.

    bcrypt never looked at more than 72 bytes, and libraries cut what was longer.
    """
    if is_wrapped(stored):
        salt, _, stored = stored.removeprefix(_WRAPPED).partition(":")
        password = bcrypt.hashpw(password.encode()[:_BCRYPT_BYTES], salt.encode()).decode()
    elif is_bcrypt(stored):
        return bcrypt.checkpw(password.encode()[:_BCRYPT_BYTES], stored.encode())
    try:
        return argon2.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def wrapped(argon2: PasswordHasher, hashed: str) -> str:
    """An imported bcrypt hash within Argon2id: a dump of it is as costly to guess as ours."""
    salt = hashed[:_BCRYPT_SALT]
    return f"{_WRAPPED}{salt}:{argon2.hash(hashed)}"


def spend_bcrypt(cost: int) -> None:
    """Take the time of a bcrypt hash of this cost."""
    bcrypt.hashpw(b"an account that was not imported", bcrypt.gensalt(cost))


def is_wrapped(stored: str) -> bool:
    """True if a hash is bcrypt's within Argon2id."""
    return stored.startswith(_WRAPPED)


def is_outdated(argon2: PasswordHasher, stored: str) -> bool:
    """True if the hash has other parameters than a new one would have."""
    return is_bcrypt(stored) or is_wrapped(stored) or argon2.check_needs_rehash(stored)


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
