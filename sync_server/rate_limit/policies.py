"""The policies of rate limiting: which there are, which a handler names, and how headers tell."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp.typedefs import Handler

from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from sync_server.rate_limit.memory_window import Reading

_LIMITS = "__limits__"
_Handler = TypeVar("_Handler", bound=Handler)


@dataclass(frozen=True, slots=True)
class Policy:
    """A limit by name; its setting is `rate_limit_…`.

    `personal`: the subject is an address or e-mail, which Valkey must not see in the clear.
    `wary`: somebody may be guessing, so that without Valkey each process allows less.
    """

    name: str
    personal: bool = False
    wary: bool = False

    def limit(self, config: Config) -> Limit:
        """What the settings say."""
        limit: Limit = getattr(config, "rate_limit_" + self.name.replace("-", "_"))
        return limit


LOGIN_IP = Policy("login-ip", personal=True, wary=True)
LOGIN_ACCOUNT = Policy("login-account", personal=True, wary=True)
REGISTER_IP = Policy("register-ip", personal=True, wary=True)
REGISTER_ACCOUNT = Policy("register-account", personal=True, wary=True)
REFRESH_FAMILY = Policy("refresh-family", wary=True)
PASSWORD_ACCOUNT = Policy("password-account", wary=True)
PUSH_CHANGES = Policy("push-changes")
PULL_REQUESTS = Policy("pull-requests")
OCR = Policy("ocr")
EXPORT = Policy("export")
POLICIES = (
    LOGIN_IP, LOGIN_ACCOUNT, REGISTER_IP, REGISTER_ACCOUNT, REFRESH_FAMILY, PASSWORD_ACCOUNT,
    PUSH_CHANGES, PULL_REQUESTS, OCR, EXPORT,
)  # fmt: skip


def limited(*policies: Policy) -> Callable[[_Handler], _Handler]:
    """Name the policies that a handler spends from, for its headers and its documentation."""

    def mark(handler: _Handler) -> _Handler:
        setattr(handler, _LIMITS, policies)
        return handler

    return mark


def policies_of(handler: object) -> tuple[Policy, ...]:
    """The policies that a handler names."""
    policies: tuple[Policy, ...] = getattr(handler, _LIMITS, ())
    return policies


def policy_header(policies: Iterable[Policy], config: Config) -> str:
    """`RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers), empty when all are off."""
    limits = ((policy.name, policy.limit(config)) for policy in policies)
    return ", ".join(f'"{name}";q={it.amount};w={it.seconds}' for name, it in limits if it.amount)


def limit_header(readings: Iterable[tuple[Policy, Reading]]) -> str:
    """`RateLimit`: what is left under each policy, and for how many seconds that stands."""
    return ", ".join(f'"{policy.name}";r={it.left};t={it.seconds}' for policy, it in readings)
