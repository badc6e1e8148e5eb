"""Choice of the file store by the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sync_server.config.settings import Config
from sync_server.store.files.disk import DiskStore
from sync_server.store.files.interface import FileStore


@asynccontextmanager
async def open_file_store(config: Config) -> AsyncIterator[FileStore]:
    """The store of `uploads_url`, open for the block."""
    if config.stores.uploads_url:
        # Imported on demand: the library is an optional extra, and large.
        from sync_server.store.files.s3 import open_bucket

        async with open_bucket(config) as bucket:
            yield bucket
    else:
        yield DiskStore(config.stores.data_dir / "uploads")
