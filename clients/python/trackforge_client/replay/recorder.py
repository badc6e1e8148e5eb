"""Recorder of the exchanges between devices and the server, without secrets."""

import gzip
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO
from urllib.parse import parse_qsl, urlsplit

from trackforge_client.device.errors import ClientError
from trackforge_client.device.json_types import Json
from trackforge_client.device.session import subject
from trackforge_client.replay.exchange import Exchange, read_recording

RECORDED_REQUEST_HEADERS = (
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "prefer",
    "sent-at",
)
RECORDED_RESPONSE_HEADERS = ("etag", "idempotent-replay", "retry-after")
SECRETS = frozenset(
    {
        "access_token",
        "current_password",
        "email",
        "new_password",
        "password",
        "refresh_token",
        "ticket",
        "token",
    }
)
"""Fields of bodies and queries whose values are never recorded."""


class Recorder:
    """Recording file; appends to an existing one.

    Devices of one scenario share a recorder. A name that ends in `.gz` is compressed. `clock`
    returns seconds and replaces the start time of the exchanges.
    """

    def __init__(self, path: str | Path, *, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock
        path = Path(path)
        self._start: float | None = None
        self._earlier_s = 0.0
        if path.exists():
            for exchange in read_recording(path):
                self._earlier_s = exchange.t
            _drop_incomplete_line(path)
        self._raw: IO[bytes] = path.open("ab")
        # No name and no time in the gzip header: equal exchanges give equal bytes.
        self._zip = gzip.GzipFile("", "wb", 9, self._raw, mtime=0) if path.suffix == ".gz" else None

    def exchange(
        self,
        *,
        device: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        status: int,
        response_headers: Mapping[str, str],
        response: bytes,
        started: float,
    ) -> None:
        """Records one exchange; `path` includes the query, `started` is in seconds of one clock."""
        started = self._clock() if self._clock else started
        if self._start is None:
            self._start = started
        self.write(
            exchange_of(
                device=device,
                t=round(self._earlier_s + max(started - self._start, 0.0), 6),
                method=method,
                path=path,
                headers=headers,
                body=body,
                status=status,
                response_headers=response_headers,
                response=response,
            )
        )

    def write(self, exchange: Exchange) -> None:
        """Appends an exchange unchanged."""
        line = exchange.as_line().encode() + b"\n"
        if self._zip is not None:
            self._zip.write(line)
        else:
            self._raw.write(line)
            self._raw.flush()

    def close(self) -> None:
        """Closes the file."""
        if self._zip is not None:
            self._zip.close()
        self._raw.close()


def exchange_of(
    *,
    device: str,
    t: float,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None,
    status: int,
    response_headers: Mapping[str, str],
    response: bytes,
) -> Exchange:
    """Exchange without secrets; `path` includes the query, `t` is in seconds."""
    request_body, response_body = _document(body), _document(response)
    url = urlsplit(path)
    query = {
        name: "" if name in SECRETS else value
        for name, value in parse_qsl(url.query, keep_blank_values=True)
    }
    return Exchange(
        device=device,
        user=_user(headers, response_body),
        t=t,
        method=method,
        path=url.path,
        query=query,
        headers=_select(headers, RECORDED_REQUEST_HEADERS),
        body=redact(request_body),
        status=status,
        response_body=redact(response_body),
        response_headers=_select(response_headers, RECORDED_RESPONSE_HEADERS),
        omitted=len(body) if body and request_body is None else 0,
    )


def _drop_incomplete_line(path: Path) -> None:
    """Removes an incomplete last line."""
    if path.suffix != ".gz":
        with path.open("rb+") as file:
            file.truncate(file.read().rfind(b"\n") + 1)


def redact(value: Json) -> Json:
    """Value with secrets and email addresses replaced by empty texts."""
    if isinstance(value, dict):
        return {
            name: "" if name in SECRETS and item is not None else redact(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value


def _document(body: bytes | None) -> Json:
    value: Json = None
    if body:
        with suppress(ValueError):
            value = json.loads(body)
    return value


def _select(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: lower[name] for name in names if name in lower}


def _user(headers: Mapping[str, str], response_body: Json) -> str | None:
    lower = {name.lower(): value for name, value in headers.items()}
    token = lower.get("authorization", "").removeprefix("Bearer ")
    if not token and isinstance(response_body, dict):
        token = str(response_body.get("access_token", ""))
    with suppress(ClientError):
        return subject(token)
    return None
