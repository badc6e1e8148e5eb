"""Errors of single records."""

from sync_server.web.errors.base import ApiError


class InvalidRecord(ApiError):
    """The record is not what its collection takes."""

    status = 422
    code = "invalid_record"


class IncompleteGroup(ApiError):
    """Fields that are only written together were written apart."""

    status = 422
    code = "incomplete_group"


class NaturalKeyChange(ApiError):
    """The change would alter what identifies the record."""

    status = 422
    code = "natural_key_change"


class RecordExists(ApiError):
    """There is a record with this id: PUT or PATCH changes it."""

    status = 409
    code = "record_exists"


class RecordTooLarge(ApiError):
    """A change's data is larger than the limit."""

    status = 413
    code = "record_too_large"


class PreconditionFailed(ApiError):
    """The record is not the one that If-Match or If-None-Match speaks of."""

    status = 412
    code = "precondition_failed"
