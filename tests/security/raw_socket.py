"""Bytes sent to a server and received, without an HTTP client that would correct them."""

import json
import socket
from dataclasses import dataclass
from typing import Any

PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """First response on a connection that the server then closed."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """Problem document of the response, its form checked."""
        document: dict[str, Any] = json.loads(self.body)
        assert self.headers["content-type"].startswith("application/problem+json")
        assert document["status"] == self.status
        assert document["request_id"] == self.headers["x-request-id"]
        for member in ("type", "title", "detail", "code"):
            assert isinstance(document[member], str)
        return document


def opened(address: tuple[str, int]) -> socket.socket:
    """A connection."""
    return socket.create_connection(address, PATIENCE_S)


def sent(address: tuple[str, int], *parts: bytes) -> RawAnswer:
    """Response that is received before the server closes the connection."""
    with opened(address) as connection:
        for part in parts:
            connection.sendall(part)
        return answered(connection)


def answered(connection: socket.socket) -> RawAnswer:
    """The first answer on a connection, read until its end."""
    received = until_closed(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return RawAnswer(int(status_line.split(" ")[1]), headers, body)


def until_closed(connection: socket.socket) -> bytes:
    """Everything until the other side closes, politely or not."""
    received = b""
    while True:
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            return received
        if not part:
            return received
        received += part
