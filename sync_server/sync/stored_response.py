"""The answer to a write that is no push, as it is kept under its key: status, headers and body."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import orjson
from aiohttp import web
from backports import zstd

from sync_server.web.respond import NO_STORE, json_response


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `body` is JSON text, empty for none."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def packed(self) -> bytes:
        """What is kept: a line of JSON about the answer, then its body; compressed."""
        head = orjson.dumps({"status": self.status, "headers": self.headers})
        return zstd.compress(head + b"\n" + self.body, 1)

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        """The answer that was kept."""
        head, _, body = zstd.decompress(packed).partition(b"\n")
        told = orjson.loads(head)
        return cls(told["status"], body, told["headers"])

    def response(self, request: web.Request, *, replayed: bool) -> web.Response:
        """The answer on its way."""
        headers = {**NO_STORE, **self.headers}
        if replayed:
            headers["Idempotent-Replay"] = "true"
        if not self.body:
            return web.Response(status=self.status, headers=headers)
        return json_response(request, self.body, self.status, headers)


def request_fingerprint(request: web.Request, body: bytes) -> bytes:
    """What tells whether two requests under one key are the same: method, path and body.

    It is never that of a push, whose body alone is digested, and is JSON.
    """
    line = f"{request.method} {request.path}\n"
    return hashlib.sha256(line.encode() + body).digest()
