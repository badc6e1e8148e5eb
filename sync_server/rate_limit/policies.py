"""Rate-limit policies: their list, the `@limited` decorator and the RateLimit headers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp.typedefs import Handler

from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from sync_server.rate_limit.memory_window import WindowState

_LIMITS = "__limits__"
_Handler = TypeVar("_Handler", bound=Handler)


@dataclass(frozen=True, slots=True)
class Policy:
    """A limit by name; its setting is `rate_limit_…`.

    `hash_subject`: the subject is an address or e-mail, stored in Valkey as a keyed hash only.
    `fail_strict`: guards against guessing; without Valkey each process allows less.
    `published`: in the RateLimit headers; not where they would tell of what others do.
    """

    name: str
    hash_subject: bool = False
    fail_strict: bool = False
    published: bool = True

    def limit(self, config: Config) -> Limit:
        """Limit of the settings."""
        limit: Limit = config.value("rate_limit_" + self.name.replace("-", "_"))
        return limit


LOGIN_IP = Policy("login-ip", hash_subject=True, fail_strict=True)
LOGIN_ACCOUNT = Policy("login-account", hash_subject=True, fail_strict=True)
LOGIN_ACCOUNT_ALL = Policy(
    "login-account-all", hash_subject=True, fail_strict=True, published=False
)
REGISTER_IP = Policy("register-ip", hash_subject=True, fail_strict=True)
REGISTER_ACCOUNT = Policy("register-account", hash_subject=True, fail_strict=True)
REFRESH_FAMILY = Policy("refresh-family", fail_strict=True)
PASSWORD_ACCOUNT = Policy("password-account", fail_strict=True)
RESET_IP = Policy("reset-ip", hash_subject=True, fail_strict=True)
RESET_ACCOUNT = Policy("reset-account", hash_subject=True, fail_strict=True)
VERIFICATION_ACCOUNT = Policy("verification-account", fail_strict=True)
SECOND_FACTOR = Policy("second-factor", fail_strict=True)
PUSH_CHANGES = Policy("push-changes")
# Not in the headers: an app plans its pushes by their changes, and never sends as many.
PUSH_REQUESTS = Policy("push-requests", published=False)
PULL_REQUESTS = Policy("pull-requests")
SEARCH = Policy("search")
OCR = Policy("ocr")
EXPORT = Policy("export")
POLICIES = (
    LOGIN_IP, LOGIN_ACCOUNT, LOGIN_ACCOUNT_ALL, REGISTER_IP, REGISTER_ACCOUNT, REFRESH_FAMILY,
    PASSWORD_ACCOUNT, RESET_IP, RESET_ACCOUNT, VERIFICATION_ACCOUNT, SECOND_FACTOR, PUSH_CHANGES,
    PUSH_REQUESTS, PULL_REQUESTS, SEARCH, OCR, EXPORT,
)  # fmt: skip


def limited(*policies: Policy) -> Callable[[_Handler], _Handler]:
    """Declare the policies that a handler charges, for its headers and its documentation.

    PUSH_CHANGES includes PUSH_REQUESTS.
    """

    more = (PUSH_REQUESTS,) if PUSH_CHANGES in policies else ()

    def mark(handler: _Handler) -> _Handler:
        setattr(handler, _LIMITS, policies + more)
        return handler

    return mark


def policies_of(handler: object) -> tuple[Policy, ...]:
    """Policies of a handler, as declared with `limited`."""
    policies: tuple[Policy, ...] = getattr(handler, _LIMITS, ())
    return policies


def policy_header(policies: Iterable[Policy], config: Config) -> str:
    """`RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers), empty when all are off."""
    limits = ((it.name, it.limit(config)) for it in policies if it.published)
    return ", ".join(
        f'"{name}";q={limit.amount};w={limit.seconds}' for name, limit in limits if limit.amount
    )


def limit_header(states: Iterable[tuple[Policy, WindowState]]) -> str:
    """`RateLimit`: the amount left under each policy, and the seconds until it changes."""
    return ", ".join(
        f'"{policy.name}";r={state.left};t={state.seconds}'
        for policy, state in states
        if policy.published
    )
