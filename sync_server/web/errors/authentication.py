"""Errors of authentication and authorization."""

from sync_server.web.errors.base import ApiError


class Unauthorized(ApiError):
    """A valid access token is needed."""

    status = 401
    code = "unauthorized"


class TokenExpired(ApiError):
    """The access token has expired."""

    status = 401
    code = "token_expired"


class AccountDeleted(ApiError):
    """The account has been deleted."""

    status = 401
    code = "account_deleted"


class InvalidCredentials(ApiError):
    """The e-mail or the password is wrong."""

    status = 401
    code = "invalid_credentials"


class SecondFactorRequired(ApiError):
    """A second factor is needed: send `challenge` and a proof to /auth/login/second."""

    status = 401
    code = "second_factor_required"


class InvalidChallenge(ApiError):
    """The challenge is unknown, expired or void: log in again."""

    status = 401
    code = "invalid_challenge"


class InvalidCode(InvalidCredentials):
    """The code is wrong, or was used before."""

    code = "invalid_code"


class InvalidPasskey(InvalidCredentials):
    """The passkey's response is not valid: begin again with new options."""

    code = "invalid_passkey"


class InvalidIdToken(InvalidCredentials):
    """The ID token is not valid: ask the provider for another."""

    code = "invalid_id_token"


class RefreshReused(ApiError):
    """The refresh token was used before; its whole family is revoked."""

    status = 401
    code = "refresh_reused"


class InvalidRefreshToken(ApiError):
    """The refresh token is unknown, expired or revoked."""

    status = 401
    code = "invalid_refresh_token"


class Forbidden(ApiError):
    """The access token does not allow this."""

    status = 403
    code = "forbidden"


class EmailUnverified(ApiError):
    """The e-mail address has to be verified first; then the next refresh gives full access."""

    status = 403
    code = "email_unverified"


class AccountDisabled(ApiError):
    """The account has been disabled by the operator."""

    status = 403
    code = "account_disabled"


class RecentLoginRequired(ApiError):
    """This needs a session that began within the last 15 minutes: log in again."""

    status = 403
    code = "recent_login_required"


class SecondFactorNotProven(ApiError):
    """This needs a session with a second factor: enable one, or log in again with it."""

    status = 403
    code = "second_factor_not_proven"
