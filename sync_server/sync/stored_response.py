"""HTTP responses of writes, as they are sent and as they are stored under an Idempotency-Key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import orjson
from aiohttp import web
from backports import zstd
from prometheus_client import Counter

from sync_server.web.respond import NO_STORE, json_response

REPEATS = Counter("trackforge_repeats_total", "Writes that were answered from a stored response.")
_HEAD = b'{"status":'


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """An HTTP response; `body` is JSON text, empty for none."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def compressed(self) -> bytes:
        """The stored form: zstd of the body, after a line of JSON with status and headers.

        The line is omitted for a 200 without headers; no body begins as the line does.
        """
        head = b""
        if self.status != 200 or self.headers:
            head = orjson.dumps({"status": self.status, "headers": self.headers}) + b"\n"
        return zstd.compress(head + self.body, 1)

    @classmethod
    def decompressed(cls, stored: bytes) -> Self:
        """The response of a stored form, of this version or an earlier one."""
        text = zstd.decompress(stored)
        if not text.startswith(_HEAD):
            return cls(text)
        line, _, body = text.partition(b"\n")
        head = orjson.loads(line)
        return cls(body, head["status"], head["headers"])


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The response of a committed write, and the user's version after it.

    `stored` is the response's stored form, empty without an Idempotency-Key.
    """

    response: StoredResponse
    stored: bytes = b""
    version: int = 0
    changed: bool = False
    replayed: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """The headers that every response of a write has, with its own."""
        replay = {"Idempotent-Replay": "true"} if self.replayed else {}
        return {**NO_STORE, **self.response.headers, **replay}

    def to_web(self, request: web.Request) -> web.Response:
        """The response, as aiohttp sends it."""
        response = self.response
        if not response.body:
            return web.Response(status=response.status, headers=self.headers)
        return json_response(request, response.body, response.status, self.headers)


def replay(stored: bytes) -> WriteResult:
    """The result of a request whose response was stored before."""
    REPEATS.inc()
    return WriteResult(StoredResponse.decompressed(stored), stored, replayed=True)
