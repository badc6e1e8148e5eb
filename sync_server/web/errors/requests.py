"""Errors of requests: their syntax, size, route, origin and rate."""

from sync_server.web.errors.base import ApiError


class HttpError(ApiError):
    """The request was rejected."""

    code = "http_error"


class MalformedJson(ApiError):
    """The body is not JSON."""

    code = "malformed_json"


class MalformedBody(ApiError):
    """The body could not be decompressed."""

    code = "malformed_body"


class InvalidParameter(ApiError):
    """A query parameter is unknown, repeated or out of range."""

    code = "invalid_parameter"


class InvalidRequest(ApiError):
    """The body does not have the shape that this route takes."""

    status = 422
    code = "invalid_request"


class IdempotencyKeyMissing(ApiError):
    """The request needs an Idempotency-Key."""

    code = "idempotency_key_missing"


class IdempotencyKeyInvalid(ApiError):
    """An Idempotency-Key is 1 to 255 visible ASCII characters."""

    code = "idempotency_key_invalid"


class IdempotencyKeyReused(ApiError):
    """This Idempotency-Key was used with another body."""

    status = 422
    code = "idempotency_key_reused"


class CorsRejected(ApiError):
    """A page of this origin may not send this request."""

    status = 403
    code = "cors_refused"


class NotFound(ApiError):
    """There is nothing here."""

    status = 404
    code = "not_found"


class MethodNotAllowed(ApiError):
    """This route does not take this method."""

    status = 405
    code = "method_not_allowed"


class RequestTimeout(ApiError):
    """The request's body did not arrive in time."""

    status = 408
    code = "request_timeout"


class BodyTooLarge(ApiError):
    """The body is larger than the limit."""

    status = 413
    code = "body_too_large"


class NestingTooDeep(ApiError):
    """The JSON is nested more deeply than the limit."""

    status = 413
    code = "nesting_too_deep"


class UnsupportedEncoding(ApiError):
    """The Content-Encoding is not one of gzip, deflate and zstd."""

    status = 415
    code = "unsupported_encoding"


class RateLimited(ApiError):
    """Too many requests."""

    status = 429
    code = "rate_limited"


class TooManyInFlight(ApiError):
    """The user has too many requests in flight."""

    status = 429
    code = "too_many_in_flight"
