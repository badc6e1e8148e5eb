"""JSON answers, compressed when that pays and the client takes it."""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from typing import Literal

import orjson
from aiohttp import web
from backports import zstd

COMPRESS_FROM = 1024
# Compressing this much takes about a millisecond.
_LONG = 128 * 1024
NO_STORE = {"Cache-Control": "no-store"}
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""On every response: no guessing of types, and no scripts, styles or frames."""


def _accepted(header: str) -> set[str]:
    """The codings that an Accept-Encoding header allows (a quality of 0 forbids)."""
    codings: set[str] = set()
    for part in header.lower().split(","):
        coding, _, parameter = part.strip().partition(";")
        if parameter.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            codings.add(coding.strip())
    return codings


def preferred_coding(accept_encoding: str) -> Literal["zstd", "gzip"] | None:
    """The best coding that an Accept-Encoding header allows, None for none."""
    codings = _accepted(accept_encoding)
    if "zstd" in codings:
        return "zstd"
    return "gzip" if "gzip" in codings or "*" in codings else None


def compress(body: bytes, accept_encoding: str) -> tuple[bytes, str | None]:
    """The body and its Content-Encoding: zstd, gzip or none."""
    coding = preferred_coding(accept_encoding) if len(body) > COMPRESS_FROM else None
    if coding == "zstd":
        return zstd.compress(body, 1), coding
    if coding == "gzip":
        return zlib.compress(body, 1, zlib.MAX_WBITS | 16), coding
    return body, None


async def text_response(
    request: web.Request, text: bytes, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An `application/json` answer of JSON text; a long one is compressed in a thread."""
    if len(text) <= _LONG:
        return json_response(request, text, headers=headers)
    return await asyncio.to_thread(json_response, request, text, headers=headers)


async def computed_response(
    request: web.Request, compute: Callable[..., object], *args: object
) -> web.Response:
    """An `application/json` answer of a long computation, made and compressed in a thread."""
    return await asyncio.to_thread(lambda: json_response(request, compute(*args)))


def json_response(
    request: web.Request,
    payload: object,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """An `application/json` answer; bytes are taken as JSON text already made."""
    body = payload if isinstance(payload, bytes) else orjson.dumps(payload, option=orjson.OPT_UTC_Z)
    body, coding = compress(body, request.headers.get("Accept-Encoding", ""))
    answer = web.Response(
        body=body, status=status, headers=headers or NO_STORE, content_type="application/json"
    )
    if coding:
        answer.headers["Content-Encoding"] = coding
        answer.headers["Vary"] = "Accept-Encoding"
    return answer
