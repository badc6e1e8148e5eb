"""What a place for files can do, and the choice of one by the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from sync_server.config.settings import Config


class FilesUnavailable(Exception):
    """The place cannot be reached or is full."""


class NoSuchFile(Exception):
    """There is no file of this name."""


class Files(Protocol):
    """Named files; every method raises FilesUnavailable."""

    async def put(self, name: str, content: bytes) -> None:
        """Keep a file; after this it outlives a crash."""

    async def get(self, name: str) -> bytes:
        """The file's content; raises NoSuchFile."""

    async def delete(self, name: str) -> None:
        """Forget a file; one that is not there is forgotten already."""


@asynccontextmanager
async def open_files(config: Config) -> AsyncIterator[Files]:
    """The place that the settings name, for as long as the block lasts."""
    if config.uploads_url:
        # Only where it is needed: the library is an extra, and large.
        from sync_server.store.files.s3 import open_bucket

        async with open_bucket(config) as bucket:
            yield bucket
    else:
        from sync_server.store.files.disk import Disk

        yield Disk(config.data_dir / "uploads")
