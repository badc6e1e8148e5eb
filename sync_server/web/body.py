"""Request bodies: read within limits, inflated within limits, decoded without surprises."""

import asyncio
import re
import zlib
from collections.abc import Iterator
from typing import Any, Protocol

import orjson
from aiohttp import web
from backports import zstd
from marshmallow import Schema, ValidationError

from sync_server.web.errors import (
    BodyTooLarge,
    InvalidRequest,
    MalformedBody,
    MalformedJson,
    NestingTooDeep,
    RequestTimeout,
    UnsupportedEncoding,
)

BODY_TIMEOUT_S = 30.0
SMALL_BODY = 64 * 1024
JSON_DEPTH = 16
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


class Decompressor(Protocol):
    """What zlib and zstd objects have in common."""

    @property
    def eof(self) -> bool:
        """Whether the compressed data has ended."""

    @property
    def unused_data(self) -> bytes:
        """What came after its end."""

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes:
        """At most `max_length` bytes of what the data holds."""


class _Deflate:
    """`deflate` means zlib's format, yet many clients send the raw one: both are taken."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj()
        self._started = False

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        if not self._started and data:
            self._started = True
            if (data[0] & 0x0F) != 8:
                self._inner = zlib.decompressobj(-zlib.MAX_WBITS)
        return self._inner.decompress(data, max_length)


def _decompressor(encoding: str) -> Decompressor:
    match encoding:
        case "gzip" | "x-gzip":
            return zlib.decompressobj(zlib.MAX_WBITS | 16)
        case "deflate":
            return _Deflate()
        case "zstd":
            return zstd.ZstdDecompressor()
    raise UnsupportedEncoding(
        f"Content-Encoding {encoding!r} is not supported.",
        headers={"Accept-Encoding": "gzip, deflate, zstd"},
    )


async def _chunks(request: web.Request, limit: int) -> bytes:
    """The body as sent, refused once it passes the limit."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for part in request.content.iter_any():
                size += len(part)
                if size > limit:
                    raise BodyTooLarge(f"The body is larger than {limit} bytes.")
                parts.append(part)
    except TimeoutError:
        raise RequestTimeout from None
    return parts[0] if len(parts) == 1 else b"".join(parts)


def inflate(data: bytes, encoding: str, limit: int) -> bytes:
    """Decompress, never producing more than `limit` bytes.

    Raises BodyTooLarge while a bomb is being inflated, MalformedBody for broken or cut data.
    """
    decompressor = _decompressor(encoding)
    try:
        inflated = decompressor.decompress(data, limit + 1)
    except (zlib.error, zstd.ZstdError, EOFError):
        raise MalformedBody(f"The body is not valid {encoding}.") from None
    if len(inflated) > limit:
        raise BodyTooLarge(f"The body is larger than {limit} bytes when decompressed.")
    if not decompressor.eof:
        raise MalformedBody(f"The {encoding} body ends too early.")
    if decompressor.unused_data:
        raise MalformedBody(f"Something follows the {encoding} body's end.")
    return inflated


async def read_body(request: web.Request, limit: int = SMALL_BODY) -> bytes:
    """The request's body, decompressed, at most `limit` bytes either way."""
    declared = request.content_length
    if declared is not None and declared > limit:
        raise BodyTooLarge(f"The body is larger than {limit} bytes.")
    data = await _chunks(request, limit)
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return data
    return inflate(data, encoding, limit)


def _depths(body: bytes) -> Iterator[int]:
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub(b"", body)):
        depth += 1 if bracket.group() in b"[{" else -1
        yield depth


def check_depth(body: bytes, limit: int = JSON_DEPTH) -> None:
    """Refuse JSON text nested more deeply than `limit`, without recursion."""
    if any(depth > limit for depth in _depths(body)):
        raise NestingTooDeep(f"The JSON is nested more than {limit} levels deep.")


def decode_json(body: bytes, depth: int = JSON_DEPTH) -> object:
    """Any JSON value; raises MalformedJson or NestingTooDeep."""
    check_depth(body, depth)
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedJson(f"The body is not JSON: {error}") from None
    return value


async def read_json(request: web.Request, limit: int = SMALL_BODY) -> object:
    """The request's body as a JSON value."""
    return decode_json(await read_body(request, limit))


async def read_fields(request: web.Request, schema: Schema) -> dict[str, Any]:
    """The body as the schema's fields (no body is an empty object); raises InvalidRequest."""
    body = await read_json(request) if request.can_read_body else {}
    if not isinstance(body, dict):
        raise InvalidRequest("The body is not a JSON object.")
    try:
        fields: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        raise InvalidRequest(errors=error.messages_dict) from None
    return fields
