"""Request bodies: read within limits, inflated within limits, decoded without surprises."""

import asyncio
import zlib
from typing import Any, Protocol

import orjson
from aiohttp import web
from backports import zstd
from marshmallow import Schema, ValidationError

from sync_server.config.settings import CONFIG
from sync_server.web.errors import (
    BodyTooLarge,
    InvalidRequest,
    MalformedBody,
    MalformedJson,
    NestingTooDeep,
    RequestTimeout,
    UnsupportedEncoding,
)

SMALL_BODY = 64 * 1024
JSON_DEPTH = 16
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_MARKS = bytes(set(range(256)) - set(b'"[]{}'))
# RFC 9659: without a bound, each body could make us set aside 128 MiB.
_ZSTD = {int(zstd.DecompressionParameter.window_log_max): 23}


class Decompressor(Protocol):
    """Common interface of zlib and zstd decompressors."""

    @property
    def eof(self) -> bool:
        """True if the compressed data has ended."""

    @property
    def unused_data(self) -> bytes:
        """Bytes after the end of the compressed data."""

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
            return zstd.ZstdDecompressor(options=_ZSTD)
    raise UnsupportedEncoding(
        f"Content-Encoding {encoding!r} is not supported.",
        headers={"Accept-Encoding": "gzip, deflate, zstd"},
    )


async def _chunks(request: web.Request, limit: int) -> bytes:
    """The body as sent; raises BodyTooLarge as soon as it exceeds the limit."""
    parts: list[bytes] = []
    size = 0
    try:
        if request.content.is_eof():
            # A small body arrives with its headers: nothing to wait for.
            data = request.content.read_nowait()
            if len(data) > limit:
                raise BodyTooLarge(f"The body is larger than {limit} bytes.")
            return data
        async with asyncio.timeout(request.app[CONFIG].serving.body_timeout_s):
            async for part in request.content.iter_any():
                size += len(part)
                if size > limit:
                    raise BodyTooLarge(f"The body is larger than {limit} bytes.")
                parts.append(part)
    except TimeoutError:
        raise RequestTimeout from None
    except (ConnectionError, web.RequestPayloadError):
        raise MalformedBody("The body breaks off.") from None
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
    encoding = ", ".join(request.headers.getall("Content-Encoding", ())).strip().lower()
    if encoding in ("", "identity"):
        return data
    return inflate(data, encoding, limit)


def check_depth(body: bytes, limit: int = JSON_DEPTH) -> None:
    """Reject JSON text nested more deeply than `limit`, without recursion and without a loop.

    Four megabytes of brackets may not hold up everybody else, so each step is one pass in C:
    drop what is no bracket and no quote, drop the strings, then `limit` times the innermost pairs.
    """
    if body.count(b"[") + body.count(b"{") <= limit:
        return
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = unescaped.translate(_ONE_KIND, _NO_MARKS).replace(b'""', b"")
    left = b"".join(marks.split(b'"')[::2])
    for _ in range(limit):
        left = left.replace(b"[]", b"")
    # What is broken rather than deep is for the parser to tell.
    if left.startswith(b"[" * (limit + 1)) or b"[]" in left:
        raise NestingTooDeep(f"The JSON is nested more than {limit} levels deep.")


def decode_json(body: bytes, depth: int = JSON_DEPTH) -> object:
    """Any JSON value; raises MalformedJson or NestingTooDeep."""
    check_depth(body, depth)
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedJson(f"The body is not JSON: {error}") from None
    return value


def load_fields(body: bytes, schema: Schema) -> dict[str, Any]:
    """The body as the schema's fields (no body is an empty object); raises InvalidRequest."""
    value = decode_json(body) if body else {}
    if not isinstance(value, dict):
        raise InvalidRequest("The body is not a JSON object.")
    try:
        fields: dict[str, Any] = schema.load(value)
    except ValidationError as error:
        raise InvalidRequest(errors=error.messages_dict) from None
    return fields


async def read_fields(request: web.Request, schema: Schema) -> dict[str, Any]:
    """The same of a request's body."""
    return load_fields(await read_body(request), schema)
