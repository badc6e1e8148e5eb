"""Every failure, of every route, as a problem document (RFC 9457)."""

import uuid

import aiohttp
import asyncpg
import orjson
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from sync_server.store.write_probe import WRITE_FAILURES, WRITES
from sync_server.web.clock import utc_now
from sync_server.web.errors import (
    ApiError,
    BodyTooLarge,
    DatabaseUnavailable,
    HttpError,
    InternalError,
    MethodNotAllowed,
    NotFound,
    Overloaded,
)
from sync_server.web.trouble import TROUBLE

REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
log = structlog.get_logger(__name__)

# Failures whose outcome the client can't know: it repeats the request under the same key.
DATABASE_FAILURES = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # PostgreSQL ended the connection between two statements.
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    # Its passwords or its name were changed behind our back.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    OSError,
    TimeoutError,
)

# The database is up: other transactions hold a lock for too long, or get in each other's way.
CONTENTION = (
    asyncpg.LockNotAvailableError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
)


def problem_document(error: ApiError, request_id: str) -> dict[str, object]:
    """The problem document of an error (RFC 9457)."""
    document: dict[str, object] = {
        "type": f"urn:trackforge:error:{error.code}",
        "title": error.title(),
        "status": error.status,
        "detail": error.detail or error.title(),
        "code": error.code,
    }
    if error.errors:
        document["errors"] = error.errors
    document.update(error.extra or {})
    document["request_id"] = request_id
    return document


def problem_response(error: ApiError, request_id: str) -> web.Response:
    """The response to an error: its problem document, with the headers of its status."""
    document = problem_document(error, request_id)
    headers = dict(error.headers or {})
    if error.status in (429, 503):
        headers.setdefault("Retry-After", "1")
    if error.status == 401:
        headers.setdefault("WWW-Authenticate", "Bearer")
    return web.Response(
        body=orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS),
        status=error.status,
        headers=headers,
        content_type="application/problem+json",
    )


def from_http_exception(error: web.HTTPException) -> ApiError:
    """The API's error for an exception of aiohttp."""
    if isinstance(error, web.HTTPNotFound):
        return NotFound()
    if isinstance(error, web.HTTPMethodNotAllowed):
        return MethodNotAllowed(headers={"Allow": ", ".join(sorted(error.allowed_methods))})
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return BodyTooLarge()
    return HttpError(error.reason)


def from_database_error(error: Exception, request: web.Request, request_id: str) -> ApiError:
    """The 503 of a database failure, and its line in the log."""
    reason = repr(error)
    if isinstance(error, CONTENTION):
        log.info("a lock is busy", request_id=request_id, reason=reason)
        return Overloaded("Another request holds the lock.")
    if isinstance(error, WRITE_FAILURES):
        request.app[WRITES].fail()
        log.warning("the database stores nothing", request_id=request_id, reason=reason)
        return DatabaseUnavailable("The database is full or read-only.")
    log.warning("database unavailable", request_id=request_id, reason=reason)
    return DatabaseUnavailable()


@web.middleware
async def render_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with a problem document whatever goes wrong inside."""
    request_id = str(uuid.uuid4())
    request[REQUEST_ID] = request_id
    try:
        return await handler(request)
    except ApiError as error:
        if error.status == 403:
            log.info("request denied", request_id=request_id, code=error.code)
        return _problem(request, error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _problem(request, from_http_exception(error))
    except aiohttp.ClientConnectionResetError:
        log.info("client left", request_id=request_id)
        return problem_response(HttpError("The client has left."), request_id)
    except DATABASE_FAILURES as error:
        return _problem(request, from_database_error(error, request, request_id))
    except Exception:
        log.exception("unexpected failure", request_id=request_id)
        return _problem(request, InternalError())


def _problem(request: web.Request, error: ApiError) -> web.Response:
    if error.status >= 500:
        request.app[TROUBLE].note(error.code, utc_now())
    return problem_response(error, request[REQUEST_ID])
