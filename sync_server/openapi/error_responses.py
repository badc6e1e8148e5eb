"""The errors of an operation: those that it names, and those that follow from what it is."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from sync_server.web import errors
from sync_server.web.errors import ApiError
from sync_server.web.openapi import Documented, Shape, Upload

PROBLEM = Shape(
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
            "code": {"type": "string", "description": "Never changes its meaning"},
            "errors": {"type": "object", "description": "What is wrong, by field or parameter"},
            "request_id": {
                "type": "string",
                "format": "uuid",
                "description": "To quote to support",
            },
        },
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "description": "A problem document (RFC 9457).",
    },
)
ANYWHERE = (errors.InternalError, errors.DatabaseUnavailable)
GUARDED = (errors.Unauthorized, errors.TokenExpired, errors.AccountDeleted, errors.Forbidden)
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


def errors_of(said: Documented, *, guarded: bool, limited: bool) -> list[type[ApiError]]:
    """Every error that the operation may answer with, by status."""
    found = dict.fromkeys(_errors_of(said, guarded=guarded, limited=limited))
    return sorted(found, key=lambda error: (error.status, error.code))


def _errors_of(said: Documented, *, guarded: bool, limited: bool) -> Iterator[type[ApiError]]:
    yield from said.errors
    yield from ANYWHERE
    if guarded:
        yield from GUARDED
    if limited:
        yield errors.RateLimited
    if said.query:
        yield errors.InvalidParameter
    if said.idempotent != "no":
        yield from WITH_KEY
    if isinstance(said.body, Upload):
        yield from WITH_BODY
    elif said.body is not None:
        yield from WITH_JSON


def problem_answers(found: Iterable[type[ApiError]], problem: Any) -> dict[str, dict[str, Any]]:
    """A response for each status, with the codes that it can carry."""
    return {
        str(status): _response(status, list(group), problem)
        for status, group in groupby(found, key=lambda error: error.status)
    }


def _response(status: int, found: list[type[ApiError]], problem: Any) -> dict[str, Any]:
    codes = [error.code for error in found]
    headers: dict[str, Any] = {}
    if status in (429, 503):
        headers["Retry-After"] = {"schema": {"type": "string"}, "description": "Seconds to wait"}
    if status == 401:
        headers["WWW-Authenticate"] = {"schema": {"type": "string"}}
    response = {
        "description": "\n".join(f"- `{error.code}`: {error.title()}" for error in found),
        "content": {
            "application/problem+json": {
                "schema": {
                    "allOf": [problem],
                    "properties": {"status": {"const": status}, "code": {"enum": codes}},
                }
            }
        },
    }
    return response | ({"headers": headers} if headers else {})
