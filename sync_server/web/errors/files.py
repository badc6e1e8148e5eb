"""Errors of files: imports and images."""

from sync_server.web.errors.base import ApiError


class TooManyRows(ApiError):
    """The file has more rows than the limit."""

    status = 413
    code = "too_many_rows"


class UnsupportedImage(ApiError):
    """The file is not a JPEG, PNG or WebP image."""

    status = 415
    code = "unsupported_image"


class ImageTooLarge(ApiError):
    """The image has more pixels than the limit."""

    status = 413
    code = "image_too_large"


class BrokenImage(ApiError):
    """The image ends early, or is something else as well."""

    status = 422
    code = "broken_image"


class ReadingFailed(ApiError):
    """The image could not be read."""

    status = 422
    code = "reading_failed"


class NotAMenu(ApiError):
    """The image is a receipt, not a menu."""

    status = 422
    code = "not_a_menu"


class NotALabel(ApiError):
    """The image is a receipt, not a nutrition label."""

    status = 422
    code = "not_a_label"


class JobEnded(ApiError):
    """The job has ended already, or was cancelled."""

    status = 409
    code = "job_ended"
