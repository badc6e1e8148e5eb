"""Errors of accounts: e-mail addresses, identities, second factors, quotas."""

from sync_server.web.errors.base import ApiError


class InvalidLink(ApiError):
    """The link is unknown, expired or used."""

    code = "invalid_link"


class EmailTaken(ApiError):
    """An account with this e-mail exists."""

    status = 409
    code = "email_taken"


class IdentityTaken(ApiError):
    """The identity is of another account, or the account has another identity of the provider."""

    status = 409
    code = "identity_taken"


class EmailNotVouched(ApiError):
    """The provider vouches for no e-mail address: register with one, then link the identity."""

    status = 409
    code = "email_not_vouched"


class SecondFactorExists(ApiError):
    """The account has a second factor already: DELETE /auth/totp removes it."""

    status = 409
    code = "second_factor_exists"


class PasskeyExists(ApiError):
    """The account has this passkey already."""

    status = 409
    code = "passkey_exists"


class PasskeysUnavailable(ApiError):
    """This server has no domain for passkeys."""

    status = 409
    code = "passkeys_unavailable"


class SecondFactorMissing(ApiError):
    """The account has no such second factor: POST /auth/totp begins with one."""

    status = 409
    code = "second_factor_missing"


class QuotaExceeded(ApiError):
    """The account has no room for more: a quota is reached."""

    status = 413
    code = "quota_exceeded"
