"""Interface of a file store, and its errors."""

from typing import Protocol


class FileStoreUnavailable(Exception):
    """The store cannot be reached or is full."""


class NoSuchFile(Exception):
    """There is no file of this name."""


class FileStore(Protocol):
    """Named files; every method raises FileStoreUnavailable."""

    async def put(self, name: str, content: bytes) -> None:
        """Store a file durably."""

    async def get(self, name: str) -> bytes:
        """The file's content; raises NoSuchFile."""

    async def delete(self, name: str) -> None:
        """Delete a file; a missing file is no error."""
