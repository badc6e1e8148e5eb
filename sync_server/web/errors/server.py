"""Errors of the server and of the services that it needs."""

from sync_server.web.errors.base import ApiError


class InternalError(ApiError):
    """Something went wrong on the server."""

    status = 500
    code = "internal_error"


class Overloaded(ApiError):
    """The server has too much to do."""

    status = 503
    code = "overloaded"


class DatabaseUnavailable(ApiError):
    """The database cannot be reached."""

    status = 503
    code = "database_unavailable"


class StorageUnavailable(ApiError):
    """The storage of images cannot be reached, or is full."""

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
