"""Exchanges as the proxy saw them: what was asked, what a server answered, what arrived."""

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from backports import zstd

Json = dict[str, Any]


@dataclass
class Exchange:
    """A request that the proxy carried to a server, and the server's whole answer.

    `status` is 0 as long as no whole answer was read from the server. `at` and `answered` are
    seconds since the start of the round; `fate` is what the network did to it.
    """

    number: int
    at: float
    method: str
    path: str
    headers: dict[str, str]
    sent: bytes
    server: int
    fate: str = ""
    status: int = 0
    answer_headers: dict[str, str] = field(default_factory=dict)
    received: bytes = b""
    answered: float = 0.0

    @property
    def key(self) -> str:
        """Idempotency-Key, empty if there is none."""
        return self.headers.get("idempotency-key", "")

    @property
    def token(self) -> str:
        """Access token, empty if there is none."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    @cached_property
    def user(self) -> str:
        """Id of the token's user, empty if there is none."""
        return subject(self.token)

    @cached_property
    def request(self) -> bytes:
        """The request's body, decompressed."""
        return decoded(self.sent, self.headers.get("content-encoding", ""))

    @cached_property
    def body(self) -> bytes:
        """The answer's body, decompressed."""
        return decoded(self.received, self.answer_headers.get("content-encoding", ""))

    @cached_property
    def query(self) -> Json:
        """The request's JSON."""
        value: Json = json.loads(self.request or b"{}")
        return value

    @cached_property
    def answer(self) -> Json:
        """The answer's JSON."""
        value: Json = json.loads(self.body or b"{}")
        return value

    @property
    def route(self) -> str:
        """The path below /api/v1, without its query."""
        return self.path.removeprefix("/api/v1").partition("?")[0]

    @property
    def push(self) -> tuple[Json, Json] | None:
        """Body and response of a push that was answered with 200, in its own request or in one
        with a pull."""
        if self.status != 200 or self.method != "POST":
            return None
        if self.route == "/sync/push":
            return self.query, self.answer
        if self.route == "/sync":
            return self.query["push"], self.answer["push"]
        return None

    @property
    def pull(self) -> Json | None:
        """Page of a pull that was answered with 200."""
        if self.status == 200 and self.method == "GET" and self.route == "/sync/pull":
            return self.answer
        if self.status == 200 and self.method == "POST" and self.route == "/sync":
            page: Json | None = self.answer["pull"]
            return page
        return None


def subject(token: str) -> str:
    """User of an access token, unverified; empty if it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return ""
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    return str(claims["sub"])


def decoded(body: bytes, coding: str) -> bytes:
    """Body without its Content-Encoding."""
    match coding:
        case "gzip":
            return gzip.decompress(body)
        case "deflate":
            return zlib.decompress(body)
        case "zstd":
            return zstd.decompress(body)
    return body


def parse_head(head: bytes) -> tuple[str, dict[str, str]]:
    """First line and headers of an HTTP message, names in lower case."""
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first, {name.strip().lower(): value.strip() for name, _, value in pairs}


def parse_answer(raw: bytes) -> tuple[int, dict[str, str], bytes] | None:
    """Status, headers and body of a whole HTTP response; None if it is not whole."""
    head, end, rest = raw.partition(b"\r\n\r\n")
    if not end:
        return None
    first, headers = parse_head(head)
    status = int(first.split()[1])
    if headers.get("transfer-encoding") == "chunked":
        parts = list(_chunks(rest))
        return (status, headers, b"".join(parts)) if parts and parts[-1] == b"" else None
    length = int(headers.get("content-length", 0))
    return (status, headers, rest[:length]) if len(rest) >= length else None


def _chunks(rest: bytes) -> Iterator[bytes]:
    while b"\r\n" in rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        if len(rest) < length + 2:
            return
        yield rest[:length]
        rest = rest[length + 2 :]
