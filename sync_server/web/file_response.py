"""Response bodies of any length: written to a temporary file first, then sent from it.

A phone that reads slowly holds no connection of the database meanwhile.
"""

import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from aiohttp import web
from backports import zstd

from sync_server.web.openapi import Parameter
from sync_server.web.respond import NO_STORE, preferred_coding

PIECE_BYTES = 64 * 1024
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;"
"""Setting of a transaction in which several statements read the records of one moment."""

DISPOSITION = {
    "Content-Disposition": Parameter({"type": "string"}, "A name for the file", required=True)
}


@dataclass(frozen=True, slots=True)
class FileType:
    """Suggested name and media type of a file."""

    name: str
    media: str


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


_COMPRESSORS: dict[str, Callable[[], _Compressor]] = {
    "zstd": lambda: zstd.ZstdCompressor(1),
    "gzip": lambda: zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16),
}


async def write_file(
    request: web.Request, file: BinaryIO, pieces: AsyncIterator[bytes]
) -> str | None:
    """Write a body, compressed as the client accepts; returns its coding."""
    coding = preferred_coding(request.headers.get("Accept-Encoding", ""))
    compressor = _COMPRESSORS[coding]() if coding else None
    async for piece in pieces:
        file.write(compressor.compress(piece) if compressor else piece)
    if compressor:
        file.write(compressor.flush())
    return coding


async def send_file(
    request: web.Request, file: BinaryIO, coding: str | None, type: FileType
) -> web.StreamResponse:
    """Send a written body as a download."""
    headers = {
        **NO_STORE,
        "Content-Type": type.media,
        "Content-Disposition": f'attachment; filename="{type.name}"',
        "Vary": "Accept-Encoding",
    }
    if coding:
        headers["Content-Encoding"] = coding
    response = web.StreamResponse(headers=headers)
    response.content_length = file.tell()
    file.seek(0)
    await response.prepare(request)
    while piece := file.read(PIECE_BYTES):
        await response.write(piece)
    await response.write_eof()
    return response
