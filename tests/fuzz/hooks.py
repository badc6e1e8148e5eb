"""Hooks of schemathesis around each call: log-in, keys and live tokens.

Loaded by schemathesis itself, in a process of its own; see tests/api/test_schemathesis.py.
"""

import itertools
import json
import os
import urllib.request
import uuid
from typing import Any

import schemathesis

API = os.environ["FUZZ_API"]
ACCOUNT = {"email": os.environ["FUZZ_EMAIL"], "password": os.environ["FUZZ_PASSWORD"]}
# These end what they are called with: each gets an account of its own.
ENDING = ("logout", "deleteMe", "revokeSession", "putPassword", "putEmail")
_keys = itertools.count()


def tokens(path: str, account: dict[str, str]) -> Any:
    """The tokens of a log-in or of a registration."""
    with urllib.request.urlopen(f"{API}{path}", json.dumps(account).encode(), timeout=30) as answer:
        return json.load(answer)


def somebody() -> Any:
    """The tokens of a new account, with the password that the examples show."""
    return tokens(
        "/auth/register",
        {"email": f"{uuid.uuid4()}@example.com", "password": "correct horse battery staple"},
    )


def name_of(case: Any) -> str:
    """The operationId."""
    return str(case.operation.definition.raw.get("operationId"))


@schemathesis.auth(refresh_interval=600)
class Bearer:
    """The token that operations are called with."""

    def get(self, _case: Any, _context: Any) -> str:
        """Log in."""
        return str(tokens("/auth/login", ACCOUNT)["access_token"])

    def set(self, case: Any, token: str, _context: Any) -> None:
        """Use the token, or one of somebody else where it would not outlive the call."""
        if name_of(case) in ENDING:
            token = somebody()["access_token"]
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """A key of its own for each request that is to be new; for the example, a token that lives."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and 0 < len(key) <= 200 and key.isascii() and key.isprintable():
        case.headers["Idempotency-Key"] = f"{next(_keys)}-{key}"
    is_refresh = name_of(case) == "refresh" and isinstance(case.body, dict)
    if is_refresh and "an-example" in str(case.body.get("refresh_token")):
        case.body["refresh_token"] = somebody()["refresh_token"]
