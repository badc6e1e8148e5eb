"""Password policy: length, the most common passwords, patterns, and words of the account's own."""

import gzip
import re
import unicodedata
from functools import cache
from pathlib import Path

MIN_CHARACTERS, MAX_CHARACTERS, MAX_BYTES = 8, 128, 1024
COMMON = 100_000
PRODUCT = "trackforge"
# The account that `make serve` makes and the documentation uses: its password is known to all.
DEMO_ACCOUNT = ("demo@trackforge.com", "demo1234")
_LIST = Path(__file__).parent / "common_passwords.txt.gz"
_REPEATED = re.compile(r"(?P<unit>[ -~]{1,4}?)(?P=unit)+")
MAX_REPEATED = 64
"""Length from which a repeated pattern is accepted: no list of guesses goes so far."""

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./",
    "qwertzuiop", "yxcvbnm,.-", "azertyuiop", "qsdfghjklm", "wxcvbn,;:", "!@#$%^&*()_+",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "qazwsxedcrfvtgbyhnujmik,ol.p;/",
)  # fmt: skip
_KEYBOARD = "\n".join([*_ROWS, *(row[::-1] for row in _ROWS)])
RUN, MAX_RUNS = 3, 3
"""Characters of a run on the keyboard or in the alphabet; runs and single characters that are no
password."""


def password_problem(password: str, email: str = "") -> str | None:
    """Error text for a new password, or None. Any characters but NUL are allowed.

    `email` is the address of the account.
    """
    if "\0" in password:
        return "May not contain NUL."
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        return f"Must be {MIN_CHARACTERS} to {MAX_CHARACTERS} characters long."
    if len(password.encode()) > MAX_BYTES:
        return f"Must be at most {MAX_BYTES} bytes in UTF-8."
    plain = unicodedata.normalize("NFKC", password).casefold()
    if is_common(plain):
        return "Is one of the most common passwords."
    if len(plain) < MAX_REPEATED and _REPEATED.fullmatch(plain):
        return "Is a repeated pattern."
    if _runs(plain) <= MAX_RUNS:
        return "Is a pattern of the keyboard or the alphabet."
    if _without(plain, email) < MIN_CHARACTERS:
        return "Is too similar to the e-mail address or to the product's name."
    return None


def registration_problem(password: str, email: str) -> str | None:
    """Error text for the password of a new account, or None; the demo account has its own."""
    if (email.strip().lower(), password) == DEMO_ACCOUNT:
        return None
    return password_problem(password, email)


def is_common(plain: str) -> bool:
    """True for one of the 100,000 most common passwords of an accepted length (ASVS 5, 6.2.4)."""
    return "\n" not in plain and f"\n{plain}\n".encode() in _common()


@cache
def _common() -> bytes:
    """The list, one password a line; searching it takes less than half a millisecond."""
    return gzip.decompress(_LIST.read_bytes())


def _runs(plain: str) -> int:
    """Number of runs of the keyboard or the alphabet, and of characters outside of runs."""
    count = at = 0
    while at < len(plain) and count <= MAX_RUNS:
        length = RUN
        while at + length <= len(plain) and plain[at : at + length] in _KEYBOARD:
            length += 1
        at += length - 1 if length > RUN else 1
        count += 1
    return count


def _without(plain: str, email: str) -> int:
    """Characters that remain without the address, its parts and the product's name."""
    normal = unicodedata.normalize("NFKC", email).casefold()
    local, _, domain = normal.partition("@")
    parts = re.split(r"[^\w]+", local) + domain.split(".")[:-1]
    remaining = plain
    for word in [normal, local, PRODUCT, *parts]:
        if len(word) >= 4:
            remaining = remaining.replace(word, "")
    return len(remaining)
