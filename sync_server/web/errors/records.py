"""Errors of single records."""

from sync_server.web.errors.base import ApiError


class InvalidRecord(ApiError):
    """The record does not match the schema of its collection."""

    status = 422
    code = "invalid_record"


class IncompleteGroup(ApiError):
    """Fields that must be written together were written separately."""

    status = 422
    code = "incomplete_group"


class NaturalKeyChange(ApiError):
    """The change would alter the record's natural key."""

    status = 422
    code = "natural_key_change"


class RecordExists(ApiError):
    """A record with this id exists: use PUT or PATCH to change it."""

    status = 409
    code = "record_exists"


class RecordTooLarge(ApiError):
    """A change's data is larger than the limit."""

    status = 413
    code = "record_too_large"


class PreconditionFailed(ApiError):
    """The record's ETag does not satisfy If-Match or If-None-Match."""

    status = 412
    code = "precondition_failed"
