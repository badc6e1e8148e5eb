"""Catalogue downloads: complete or as a delta, compressed once and cached."""

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Self

from aiohttp import web
from backports import zstd

# Part of every ETag: incremented when the serialization changes.
FORMAT = 1
MAX_CACHED = 16
ZSTD_LEVEL, GZIP_LEVEL = 12, 6
# Version of a catalogue that was never loaded.
NO_VERSION = "0"


@dataclass(frozen=True, slots=True)
class Load:
    """Loaded data file: its number and the digest of its bytes."""

    version: int
    digest: str

    @property
    def name(self) -> str:
        """Version for clients, distinct from versions of other databases."""
        return f"{self.version}-{self.digest[:8]}"


@dataclass(frozen=True, slots=True)
class Span:
    """Range of a download: changes after a version, or everything (`since` None)."""

    since: Load | None
    until: Load | None

    @property
    def version(self) -> str:
        """Version that a device has after the download."""
        return self.until.name if self.until else NO_VERSION

    def etag(self, kind: str) -> str:
        """ETag of the document without quotes; each content coding appends its name."""
        identity = repr((FORMAT, kind, self.since, self.until))
        return hashlib.sha256(identity.encode()).hexdigest()[:32]


def span_of(loads: Sequence[Load], since: str) -> Span:
    """Span from the version `since`, if known to this database, to the latest one."""
    known = next((load for load in loads if load.name == since), None)
    return Span(known, loads[-1] if loads else None)


@dataclass(frozen=True, slots=True)
class Download:
    """JSON document in both content codings."""

    zstd: bytes
    gzip: bytes

    @classmethod
    def of(cls, text: bytes) -> Self:
        """Compressed document; takes up to a second."""
        return cls(zstd.compress(text, ZSTD_LEVEL), gzip.compress(text, GZIP_LEVEL, mtime=0))

    def decompress(self) -> bytes:
        """JSON text, for clients without content coding."""
        return zstd.decompress(self.zstd)


class Downloads:
    """Cache of downloads by ETag; concurrent requests compress a document once."""

    def __init__(self) -> None:
        self._cache: OrderedDict[str, Download] = OrderedDict()
        self._compressing = asyncio.Lock()

    async def get(self, etag: str, read: Callable[[], Awaitable[bytes]]) -> Download:
        """Document of an ETag, from the cache or from `read`."""
        if etag not in self._cache:
            async with self._compressing:
                if etag not in self._cache:
                    text = await read()
                    self._cache[etag] = await asyncio.to_thread(Download.of, text)
                    if len(self._cache) > MAX_CACHED:
                        self._cache.popitem(last=False)
        self._cache.move_to_end(etag)
        return self._cache[etag]


DOWNLOADS: web.AppKey[Downloads] = web.AppKey("downloads", Downloads)
