"""The catalogue as devices download it: whole or as a delta, compressed once and kept."""

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Self

from aiohttp import web
from backports import zstd

# Part of every ETag: raised when the same entries are told in another form.
FORM = 1
KEPT = 16
ZSTD_LEVEL, GZIP_LEVEL = 12, 6
# What a catalogue is called that was never loaded.
NEVER = "0"


@dataclass(frozen=True, slots=True)
class Load:
    """A data file that was loaded: its number and the digest of its bytes."""

    version: int
    digest: str

    @property
    def name(self) -> str:
        """The version as clients know it, which another database's cannot be taken for."""
        return f"{self.version}-{self.digest[:8]}"


@dataclass(frozen=True, slots=True)
class Span:
    """What a download tells: all that changed after a version, or everything (`since` None)."""

    since: Load | None
    until: Load | None

    @property
    def version(self) -> str:
        """The name of the version that a device has reached with it."""
        return self.until.name if self.until else NEVER

    def etag(self, kind: str) -> str:
        """The document's ETag without its quotes; each coding adds its name."""
        said = repr((FORM, kind, self.since, self.until))
        return hashlib.sha256(said.encode()).hexdigest()[:32]


def span_of(loads: Sequence[Load], since: str) -> Span:
    """From the version named `since`, if this database knows it, to the latest of its loads."""
    known = next((load for load in loads if load.name == since), None)
    return Span(known, loads[-1] if loads else None)


@dataclass(frozen=True, slots=True)
class Download:
    """A JSON document in both codings."""

    zstd: bytes
    gzip: bytes

    @classmethod
    def of(cls, text: bytes) -> Self:
        """Compress; takes a good part of a second."""
        return cls(zstd.compress(text, ZSTD_LEVEL), gzip.compress(text, GZIP_LEVEL, mtime=0))

    def plain(self) -> bytes:
        """The text, for who takes no coding."""
        return zstd.decompress(self.zstd)


class Downloads:
    """What this process has made so far, by ETag; whoever asks first makes it for all."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Download] = OrderedDict()
        self._making = asyncio.Lock()

    async def get(self, etag: str, read: Callable[[], Awaitable[bytes]]) -> Download:
        """The document of an ETag, made of what `read` gives unless it is kept."""
        if etag not in self._kept:
            async with self._making:
                if etag not in self._kept:
                    text = await read()
                    self._kept[etag] = await asyncio.to_thread(Download.of, text)
                    if len(self._kept) > KEPT:
                        self._kept.popitem(last=False)
        self._kept.move_to_end(etag)
        return self._kept[etag]


DOWNLOADS: web.AppKey[Downloads] = web.AppKey("downloads", Downloads)
