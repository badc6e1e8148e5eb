"""Files in a folder of the local disk."""

import asyncio
import os
from pathlib import Path

from sync_server.store.files.interface import FileStoreUnavailable, NoSuchFile


class DiskStore:
    """A folder, whose files are spread over folders by the first letters of their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, content: bytes) -> None:
        """Store a file; a cancelled call ends once it is stored or removed."""
        writing = asyncio.ensure_future(asyncio.to_thread(self._put, name, content))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            raise

    async def get(self, name: str) -> bytes:
        """The file's content."""
        try:
            return await asyncio.to_thread(self._path(name).read_bytes)
        except FileNotFoundError:
            raise NoSuchFile(name) from None
        except OSError as error:
            raise FileStoreUnavailable(repr(error)) from error

    async def delete(self, name: str) -> None:
        """Forget a file, also one that was half written when the server was killed."""
        try:
            for path in (self._path(name), self._half(name)):
                await asyncio.to_thread(path.unlink, missing_ok=True)
        except OSError as error:
            raise FileStoreUnavailable(repr(error)) from error

    def _put(self, name: str, content: bytes) -> None:
        path, half = self._path(name), self._half(name)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                _write(half, content)
                half.replace(path)
            except BaseException:
                half.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise FileStoreUnavailable(repr(error)) from error

    def _path(self, name: str) -> Path:
        if "/" in name or name.startswith("."):
            raise ValueError(f"{name!r} is no name of a file.")
        return self._folder / name[:2] / name

    def _half(self, name: str) -> Path:
        return self._path(name).with_name(f".{name}")


def _write(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read, down to the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
