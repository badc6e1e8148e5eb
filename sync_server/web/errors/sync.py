"""Errors of pushes and pulls."""

from sync_server.web.errors.base import ApiError


class InvalidClockUnit(ApiError):
    """A clock of the push is not in microseconds since the Unix epoch."""

    status = 422
    code = "invalid_clock_unit"


class InvalidCursor(ApiError):
    """The cursor is malformed or another user's."""

    code = "invalid_cursor"


class CursorExpired(ApiError):
    """The cursor's history is gone: pull from the beginning."""

    status = 410
    code = "cursor_expired"


class ResyncFirst(ApiError):
    """The device was away too long: it pulls from the beginning, then pushes."""

    status = 409
    code = "resync_first"


class TooManyChanges(ApiError):
    """The push carries more changes than the limit."""

    status = 413
    code = "too_many_changes"


class UpgradeRequired(ApiError):
    """This version of the app is too old to pull."""

    status = 426
    code = "upgrade_required"


class PushUnavailable(ApiError):
    """This server has no push service of this kind: /sync/config lists its kinds."""

    status = 409
    code = "push_unavailable"
