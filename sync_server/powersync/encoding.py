"""Encodings of a sync stream: a JSON document a line, or BSON documents one after another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson
from aiohttp import web

Encode = Callable[[Mapping[str, object]], bytes]


@dataclass(frozen=True, slots=True)
class Encoding:
    """A media type, and the encoding of one message."""

    media_type: str
    encode: Encode


def _line(message: Mapping[str, object]) -> bytes:
    return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)


def _document(message: Mapping[str, object]) -> bytes:
    # Imported on demand: it takes 0.1 s of every start, and few servers need it.
    import bson

    return bson.encode(message)


NDJSON = Encoding("application/x-ndjson", _line)
BSON = Encoding("application/vnd.powersync.bson-stream", _document)


def encoding_of(request: web.Request) -> Encoding:
    """BSON where the Accept header names it, as the SDKs prefer it; else NDJSON."""
    return BSON if BSON.media_type in request.headers.get("Accept", "") else NDJSON
