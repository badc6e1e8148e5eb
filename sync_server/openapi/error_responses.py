"""Error responses of an operation: its declared errors and the derived ones."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from schema.examples import EXAMPLES_BY_FORMAT
from sync_server.openapi.components import Components
from sync_server.web import errors
from sync_server.web.error_middleware import problem_document
from sync_server.web.errors import ApiError
from sync_server.web.openapi import NamedSchema, OperationDoc, RawBody, Upload

PROBLEM = NamedSchema(
    "Problem",
    {
        "type": "object",
        "properties": {
            "type": {
                "type": "string",
                "format": "uri",
                "pattern": "^urn:trackforge:error:[a-z_]+$",
            },
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "code": {"type": "string", "description": "Stable error code"},
            "errors": {"type": "object", "description": "Messages by field or parameter"},
            "reason": {
                "type": "string",
                "enum": ["purged", "restored"],
                "description": "Of `cursor_expired`",
            },
            "restored_version": {
                "type": "integer",
                "minimum": 0,
                "description": "Of `cursor_expired` with `restored`: the version of the backup",
            },
            "challenge": {
                "type": "string",
                "description": "Of `second_factor_required`: what /auth/login/second takes",
            },
            "methods": {
                "type": "array",
                "items": {"type": "string", "enum": ["totp", "passkey", "recovery_code"]},
                "description": "Of `second_factor_required`: what proves the second factor",
            },
            "passkey_options": {
                "type": "object",
                "description": "Of `second_factor_required`, with passkeys: "
                "PublicKeyCredentialRequestOptionsJSON for navigator.credentials.get()",
            },
            "request_id": {
                "type": "string",
                "format": "uuid",
                "description": "Id of the request, for support",
            },
        },
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "description": "A problem document (RFC 9457).",
    },
)
_MEMBERS: dict[str, dict[str, object]] = {
    "cursor_expired": {"reason": "purged"},
    "second_factor_required": {
        "challenge": "eyJhbGciOiJIUzI1NiJ9.an-example.of-a-challenge",
        "methods": ["totp", "recovery_code"],
    },
}
"""Members of the examples that a code has beside those of all problem documents."""
ANYWHERE = (errors.InternalError, errors.DatabaseUnavailable, errors.Overloaded)
GUARDED = (
    errors.Unauthorized,
    errors.TokenExpired,
    errors.AccountDeleted,
    errors.Forbidden,
    errors.EmailUnverified,
    errors.TooManyInFlight,
)
WITH_BODY = (
    errors.BodyTooLarge,
    errors.RequestTimeout,
    errors.UnsupportedEncoding,
    errors.MalformedBody,
    errors.InvalidRequest,
)
WITH_JSON = (*WITH_BODY, errors.MalformedJson, errors.NestingTooDeep)
WITH_KEY = (
    errors.IdempotencyKeyMissing,
    errors.IdempotencyKeyInvalid,
    errors.IdempotencyKeyReused,
)


def errors_of(doc: OperationDoc, *, guarded: bool, limited: bool) -> list[type[ApiError]]:
    """Every possible error of the operation, by status and code."""
    kinds = dict.fromkeys(_errors_of(doc, guarded=guarded, limited=limited))
    return sorted(kinds, key=lambda error: (error.status, error.code))


def _errors_of(doc: OperationDoc, *, guarded: bool, limited: bool) -> Iterator[type[ApiError]]:
    yield from doc.errors
    yield from ANYWHERE
    if guarded:
        yield from GUARDED
    if limited:
        yield errors.RateLimited
    if doc.query:
        yield errors.InvalidParameter
    if doc.idempotent != "no":
        yield from WITH_KEY
        yield errors.QuotaExceeded
    if isinstance(doc.body, Upload | RawBody):
        yield from WITH_BODY
    elif doc.body is not None:
        yield from WITH_JSON


def error_responses(
    kinds: Iterable[type[ApiError]], components: Components
) -> dict[str, dict[str, Any]]:
    """One response for each status, with its possible codes and an example of each."""
    return {
        str(status): _response(status, list(group), components)
        for status, group in groupby(kinds, key=lambda error: error.status)
    }


def problem_example(kind: type[ApiError]) -> dict[str, object]:
    """The problem document of an error, as the server renders it."""
    request_id = str(EXAMPLES_BY_FORMAT["uuid"])
    return problem_document(kind(extra=_MEMBERS.get(kind.code)), request_id)


def _response(status: int, kinds: list[type[ApiError]], components: Components) -> dict[str, Any]:
    codes = [error.code for error in kinds]
    headers: dict[str, Any] = {}
    if status in (429, 503):
        headers["Retry-After"] = {"schema": {"type": "string"}, "description": "Seconds to wait"}
    if status == 401:
        headers["WWW-Authenticate"] = {"schema": {"type": "string"}}
    response = {
        "description": "\n".join(f"- `{error.code}`: {error.title()}" for error in kinds),
        "content": {
            "application/problem+json": {
                "schema": {
                    "allOf": [components.resolve(PROBLEM)],
                    "properties": {"status": {"const": status}, "code": {"enum": codes}},
                },
                "examples": {
                    error.code: components.example(error.code, problem_example(error))
                    for error in kinds
                },
            }
        },
    }
    return response | ({"headers": headers} if headers else {})
