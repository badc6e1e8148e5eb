"""Base class of the API's errors: a docstring is the title of a problem document."""

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
