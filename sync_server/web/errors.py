"""The closed list of errors that clients meet; a docstring is the title, a code is for ever."""

from collections.abc import Mapping
from typing import ClassVar


class ApiError(Exception):
    """The request could not be answered."""

    status: ClassVar[int] = 400
    code: ClassVar[str]

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail or self.title())
        self.detail = detail
        self.errors = errors
        self.headers = headers
        self.extra = extra

    @classmethod
    def title(cls) -> str:
        """The first line of the docstring, without its full stop."""
        return (cls.__doc__ or "").strip().splitlines()[0].rstrip(".")


class MalformedJson(ApiError):
    """The body is not JSON."""

    code = "malformed_json"


class MalformedBody(ApiError):
    """The body could not be decompressed."""

    code = "malformed_body"


class InvalidParameter(ApiError):
    """A query parameter is unknown, repeated or out of range."""

    code = "invalid_parameter"


class InvalidClockUnit(ApiError):
    """A clock of the push is not in microseconds since the Unix epoch."""

    status = 422
    code = "invalid_clock_unit"


class InvalidCursor(ApiError):
    """The cursor is malformed or another user's."""

    code = "invalid_cursor"


class IdempotencyKeyMissing(ApiError):
    """The request needs an Idempotency-Key."""

    code = "idempotency_key_missing"


class IdempotencyKeyInvalid(ApiError):
    """An Idempotency-Key is 1 to 255 visible ASCII characters."""

    code = "idempotency_key_invalid"


class InvalidLink(ApiError):
    """The link is unknown, expired or used."""

    code = "invalid_link"


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
    """A second factor is needed: send `challenge` and a code to /auth/login/second."""

    status = 401
    code = "second_factor_required"


class InvalidChallenge(ApiError):
    """The challenge is unknown, expired or void: log in again."""

    status = 401
    code = "invalid_challenge"


class InvalidCode(InvalidCredentials):
    """The code is wrong, or was used before."""

    code = "invalid_code"


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


class NotFound(ApiError):
    """There is nothing here."""

    status = 404
    code = "not_found"


class MethodNotAllowed(ApiError):
    """This route does not take this method."""

    status = 405
    code = "method_not_allowed"


class ResyncFirst(ApiError):
    """The device was away too long: it pulls from the beginning, then pushes."""

    status = 409
    code = "resync_first"


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


class SecondFactorMissing(ApiError):
    """The account has no second factor: POST /auth/totp begins with one."""

    status = 409
    code = "second_factor_missing"


class RecordExists(ApiError):
    """There is a record with this id: PUT or PATCH changes it."""

    status = 409
    code = "record_exists"


class JobEnded(ApiError):
    """The job has ended already, or was cancelled."""

    status = 409
    code = "job_ended"


class CursorExpired(ApiError):
    """The cursor's history is gone: pull from the beginning."""

    status = 410
    code = "cursor_expired"


class PreconditionFailed(ApiError):
    """The record is not the one that If-Match or If-None-Match speaks of."""

    status = 412
    code = "precondition_failed"


class BodyTooLarge(ApiError):
    """The body is larger than the limit."""

    status = 413
    code = "body_too_large"


class TooManyChanges(ApiError):
    """The push carries more changes than the limit."""

    status = 413
    code = "too_many_changes"


class RecordTooLarge(ApiError):
    """A change's data is larger than the limit."""

    status = 413
    code = "record_too_large"


class NestingTooDeep(ApiError):
    """The JSON is nested more deeply than the limit."""

    status = 413
    code = "nesting_too_deep"


class TooManyRows(ApiError):
    """The file has more rows than the limit."""

    status = 413
    code = "too_many_rows"


class ImageTooLarge(ApiError):
    """The image has more pixels than the limit."""

    status = 413
    code = "image_too_large"


class QuotaExceeded(ApiError):
    """The account has no room for more: a quota is reached."""

    status = 413
    code = "quota_exceeded"


class UnsupportedEncoding(ApiError):
    """The Content-Encoding is not one of gzip, deflate and zstd."""

    status = 415
    code = "unsupported_encoding"


class UnsupportedImage(ApiError):
    """The file is not a JPEG, PNG or WebP image."""

    status = 415
    code = "unsupported_image"


class InvalidRequest(ApiError):
    """The body does not have the shape that this route takes."""

    status = 422
    code = "invalid_request"


class InvalidRecord(ApiError):
    """The record is not what its collection takes."""

    status = 422
    code = "invalid_record"


class BrokenImage(ApiError):
    """The image ends early, or is something else as well."""

    status = 422
    code = "broken_image"


class ReadingFailed(ApiError):
    """The image could not be read."""

    status = 422
    code = "reading_failed"


class IncompleteGroup(ApiError):
    """Fields that are only written together were written apart."""

    status = 422
    code = "incomplete_group"


class NaturalKeyChange(ApiError):
    """The change would alter what identifies the record."""

    status = 422
    code = "natural_key_change"


class IdempotencyKeyReused(ApiError):
    """This Idempotency-Key was used with another body."""

    status = 422
    code = "idempotency_key_reused"


class UpgradeRequired(ApiError):
    """This version of the app is too old to pull."""

    status = 426
    code = "upgrade_required"


class InternalError(ApiError):
    """Something went wrong on the server."""

    status = 500
    code = "internal_error"


class RequestTimeout(ApiError):
    """The request's body did not arrive in time."""

    status = 408
    code = "request_timeout"


class Overloaded(ApiError):
    """The server has too much to do."""

    status = 503
    code = "overloaded"


class DatabaseUnavailable(ApiError):
    """The database cannot be reached."""

    status = 503
    code = "database_unavailable"


class StorageUnavailable(ApiError):
    """The place where images are kept cannot be reached, or is full."""

    status = 503
    code = "storage_unavailable"


class ProviderUnavailable(ApiError):
    """The identity provider cannot be reached."""

    status = 503
    code = "provider_unavailable"


class TicketsUnavailable(ApiError):
    """Stream tickets are not available at the moment: the cache cannot be reached."""

    status = 503
    code = "tickets_unavailable"


class RateLimited(ApiError):
    """Too many requests."""

    status = 429
    code = "rate_limited"


class TooManyInFlight(ApiError):
    """The user has too many requests in flight."""

    status = 429
    code = "too_many_in_flight"


class CorsRejected(ApiError):
    """A page of this origin may not send this request."""

    status = 403
    code = "cors_refused"


class HttpError(ApiError):
    """The request was refused."""

    code = "http_error"
