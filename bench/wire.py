"""The load generator's HTTP/1.1: request bytes made beforehand, answers cut by Content-Length.

A real client library would cost more processor time than the server that it measures.
"""

import asyncio
import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

END_OF_HEAD = b"\r\n\r\n"


class BadAnswer(Exception):
    """The server answered with something else than success; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Account:
    """A registered user."""

    user_id: str
    token: str


def request(
    method: str,
    path: str,
    token: str = "",
    body: bytes = b"",
    key: str = "",
    accept: str = "",
    report: str = "",
    content_type: str = "application/json",
) -> bytes:
    """A whole request as bytes; `report` is its Device-Report."""
    lines = [f"{method} /api/v1{path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    if body:
        lines.append(f"Content-Type: {content_type}")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if key:
        lines.append(f"Idempotency-Key: {key}")
    if accept:
        lines.append(f"Accept-Encoding: {accept}")
    if report:
        lines.append(f"Device-Report: {report}")
    return "\r\n".join(lines).encode() + END_OF_HEAD + body


class Line(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._missing: int | None = None
        self._answer: asyncio.Future[bytes] | None = None

    @classmethod
    async def open(cls, base_url: str) -> Self:
        """A connection to the server of `base_url`."""
        loop = asyncio.get_running_loop()
        transport, line = await loop.create_connection(cls, *address(base_url))
        line._transport = transport
        return line

    async def ask(self, request: bytes) -> bytes:
        """The answer's body; raises BadAnswer unless the status is 2xx."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        head, _, body = (await self._answer).partition(END_OF_HEAD)
        if not head.startswith(b"HTTP/1.1 2"):
            raise BadAnswer((head + END_OF_HEAD + body).decode())
        return body

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Collect until the answer is whole."""
        self._parts.append(data)
        if self._missing is None:
            self._parts = [b"".join(self._parts)]
            self._missing = _missing(self._parts[0])
        else:
            self._missing -= len(data)
        if self._missing == 0 and self._answer is not None:
            whole, self._parts, self._missing = b"".join(self._parts), [], None
            self._answer.set_result(whole)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the waiting request with an error."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server hung up"))


def address(base_url: str) -> tuple[str, int]:
    """Host and port."""
    place = urlsplit(base_url)
    return place.hostname or "127.0.0.1", place.port or 80


def _missing(answer: bytes) -> int | None:
    """Number of missing bytes; None before the end of the headers."""
    end = answer.find(END_OF_HEAD)
    if end < 0:
        return None
    head = answer[:end].lower()
    place = head.find(b"content-length: ")
    length = int(head[place + 16 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
    return end + len(END_OF_HEAD) + length - len(answer)


async def register(line: Line, email: str) -> Account:
    """A new user with an access token."""
    body = json.dumps({"email": email, "password": "correct horse battery"}).encode()
    answer = json.loads(await line.ask(request("POST", "/auth/register", body=body)))
    payload = answer["access_token"].split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return Account(claims["sub"], answer["access_token"])
