"""Archive format of a backup: a tar stream whose last member has the checksums of the others."""

import hashlib
import io
import tarfile
import time
from collections.abc import Iterator
from typing import BinaryIO

import orjson

from sync_server.backup.errors import BackupError

CHECKSUMS = "checksums.json"
MANIFEST = "manifest.json"
KEYS = "secret_keys"
DATABASE = "database/"
"""Prefix of the parts of the gzipped SQL script: `database/000000`, `database/000001`, …"""
UPLOADS = "uploads/"
"""Prefix of the uploaded files."""


class ArchiveWriter:
    """Writer of an archive; `close` ends it, without which it is not complete."""

    def __init__(self, output: BinaryIO) -> None:
        self._tar = tarfile.TarFile.open(fileobj=output, mode="w|")
        self._checksums: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        """Append a member."""
        self._checksums[name] = hashlib.sha256(content).hexdigest()
        self._append(name, content)

    def close(self) -> None:
        """Append the checksums and the end of the tar stream."""
        self._append(CHECKSUMS, orjson.dumps(self._checksums, option=orjson.OPT_INDENT_2))
        self._tar.close()

    def _append(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = len(content), 0o600, int(time.time())
        self._tar.addfile(member, io.BytesIO(content))


def read_archive(source: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Members in order, without the checksums, which are compared at the end.

    Raises BackupError when the archive is no backup, damaged or incomplete; so read it once to its
    end before anything is done with it.
    """
    actual: dict[str, str] = {}
    expected: dict[str, str] | None = None
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for member in tar:
                file = tar.extractfile(member)
                content = file.read() if file else b""
                if member.name == CHECKSUMS:
                    expected = orjson.loads(content)
                    continue
                actual[member.name] = hashlib.sha256(content).hexdigest()
                yield member.name, content
    except (tarfile.TarError, EOFError, orjson.JSONDecodeError) as error:
        raise BackupError(f"The backup is damaged or incomplete: {error}.") from None
    if expected is None:
        raise BackupError("The backup is incomplete: it has no checksums at its end.")
    if wrong := sorted(actual.items() ^ expected.items()):
        raise BackupError(f"The backup is damaged: {wrong[0][0]} is not what was written.")
