"""Rate limits as settings: an amount within a number of seconds."""

import re
from dataclasses import dataclass
from typing import Self

from sync_server.config.parsing import setting

RATE = ", as amount/seconds; 0: no limit"
MAX_SECONDS = 31 * 86_400
MAX_AMOUNT = 10**9
_LIMIT = re.compile(r"([0-9]{1,10})/([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` within any `seconds`; an amount of 0 is no limit. Written `300/60`."""

    amount: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Limit of a text such as `300/60` or `0`; raises ValueError."""
        if text == "0":
            return cls(0, 1)
        match = _LIMIT.fullmatch(text)
        if match is None:
            raise ValueError("Must be `amount/seconds`, such as 300/60, or 0 for no limit.")
        amount, seconds = int(match[1]), int(match[2])
        if amount > MAX_AMOUNT or not 1 <= seconds <= MAX_SECONDS:
            raise ValueError(f"At most {MAX_AMOUNT} within 1 to {MAX_SECONDS} seconds.")
        return cls(amount, seconds)

    def __str__(self) -> str:
        return f"{self.amount}/{self.seconds}" if self.amount else "0"


@dataclass(frozen=True, slots=True)
class RateLimitSettings:
    """Rate limits by the caller or the account that they count."""

    rate_limit_login_ip: Limit = setting(
        Limit(300, 900), "Failed log-ins from one address", unit=RATE
    )
    rate_limit_login_account: Limit = setting(
        Limit(20, 900), "Failed log-ins to one e-mail from one address", unit=RATE
    )
    rate_limit_login_account_all: Limit = setting(
        Limit(300, 900), "Failed log-ins to one e-mail from unknown addresses", unit=RATE
    )
    rate_limit_register_ip: Limit = setting(
        Limit(5000, 3600), "Registrations from one address", unit=RATE
    )
    rate_limit_register_account: Limit = setting(
        Limit(100, 3600), "Registrations of one e-mail", unit=RATE
    )
    rate_limit_refresh_family: Limit = setting(Limit(60, 60), "Refreshes of one session", unit=RATE)
    rate_limit_password_account: Limit = setting(
        Limit(20, 900), "Failed re-authentications of one user", unit=RATE
    )
    rate_limit_reset_ip: Limit = setting(
        Limit(1000, 3600), "Requests for a password reset from one address", unit=RATE
    )
    rate_limit_reset_account: Limit = setting(
        Limit(10, 3600), "Requests for a password reset of one e-mail", unit=RATE
    )
    rate_limit_verification_account: Limit = setting(
        Limit(10, 3600), "Verification mails requested by one user", unit=RATE
    )
    rate_limit_second_factor: Limit = setting(
        Limit(10, 3600), "Wrong codes of a second factor of one user", unit=RATE
    )
    rate_limit_push_changes: Limit = setting(
        Limit(100_000, 60), "Changes pushed by one user", unit=RATE
    )
    rate_limit_push_requests: Limit = setting(
        Limit(5000, 60),
        "Writes of one user, where RATE_LIMIT_PUSH_CHANGES is a limit too",
        unit=RATE,
    )
    rate_limit_pull_requests: Limit = setting(Limit(1200, 60), "Pulls of one user", unit=RATE)
    rate_limit_search: Limit = setting(
        Limit(300, 60), "Searches of foods and exercises by one user", unit=RATE
    )
    rate_limit_ocr: Limit = setting(Limit(10, 3600), "Images sent by one user", unit=RATE)
    rate_limit_export: Limit = setting(Limit(10, 3600), "Exports of one user", unit=RATE)
