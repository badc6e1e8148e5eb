"""JSON responses, compressed from 1 KiB on if the client accepts it."""

import zlib
from collections.abc import Mapping
from typing import Literal

import orjson
from aiohttp import web
from backports import zstd

COMPRESS_FROM = 1024
NO_STORE = {"Cache-Control": "no-store"}
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Headers of every response: no MIME sniffing, no use as a page."""


def _accepted(header: str) -> set[str]:
    """Codings that an Accept-Encoding header allows (a quality of 0 forbids)."""
    codings: set[str] = set()
    for part in header.lower().split(","):
        coding, _, parameter = part.strip().partition(";")
        if parameter.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            codings.add(coding.strip())
    return codings


def preferred_coding(accept_encoding: str) -> Literal["zstd", "gzip"] | None:
    """Preferred coding that an Accept-Encoding header allows, or None."""
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


def json_response(
    request: web.Request,
    payload: object,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """JSON response; a payload of bytes is JSON text already."""
    body = payload if isinstance(payload, bytes) else orjson.dumps(payload, option=orjson.OPT_UTC_Z)
    body, coding = compress(body, request.headers.get("Accept-Encoding", ""))
    response = web.Response(
        body=body, status=status, headers=headers or NO_STORE, content_type="application/json"
    )
    if coding:
        response.headers["Content-Encoding"] = coding
        response.headers["Vary"] = "Accept-Encoding"
    return response
