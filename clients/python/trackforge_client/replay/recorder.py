"""The recorder: writes down what devices and the server say to each other, without secrets."""

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

KEPT_REQUEST_HEADERS = ("content-type", "idempotency-key", "if-none-match")
KEPT_RESPONSE_HEADERS = ("etag", "idempotent-replay", "retry-after")
SECRETS = frozenset(
    {
        "access_token",
        "current_password",
        "email",
        "new_password",
        "password",
        "refresh_token",
        "token",
    }
)
"""Fields of bodies and queries whose values are never written down."""


class Recorder:
    """Writes a recording; what the file holds already stays, so a crash loses none of it.

    Devices that share a story share one recorder. A name that ends in `.gz` is compressed. With
    `clock`, its seconds count instead of the time that a device tells.
    """

    def __init__(self, path: str | Path, *, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock
        path = Path(path)
        self._begun_at: float | None = None
        self._earlier_s = 0.0
        if path.exists():
            for exchange in read_recording(path):
                self._earlier_s = exchange.t
            _end_whole(path)
        self._raw: IO[bytes] = path.open("ab")
        # No name and no time in the header: the same exchanges make the same bytes.
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
        """Note one exchange; `path` carries the query, `started` is seconds on any one clock."""
        started = self._clock() if self._clock else started
        if self._begun_at is None:
            self._begun_at = started
        asked, answered = _document(body), _document(response)
        url = urlsplit(path)
        query = {
            name: "" if name in SECRETS else value
            for name, value in parse_qsl(url.query, keep_blank_values=True)
        }
        self.write(
            Exchange(
                device=device,
                user=_user(headers, answered),
                t=round(self._earlier_s + max(started - self._begun_at, 0.0), 6),
                method=method,
                path=url.path,
                query=query,
                headers=_kept(headers, KEPT_REQUEST_HEADERS),
                body=without_secrets(asked),
                status=status,
                answer=without_secrets(answered),
                answer_headers=_kept(response_headers, KEPT_RESPONSE_HEADERS),
                omitted=len(body) if body and asked is None else 0,
            )
        )

    def write(self, exchange: Exchange) -> None:
        """Add an exchange as it is; it is on its way to the disk when this returns."""
        line = exchange.as_line().encode() + b"\n"
        if self._zip is not None:
            self._zip.write(line)
        else:
            self._raw.write(line)
            self._raw.flush()

    def close(self) -> None:
        """End the recording."""
        if self._zip is not None:
            self._zip.close()
        self._raw.close()


def _end_whole(path: Path) -> None:
    """Drop a last line that a crash cut short."""
    if path.suffix != ".gz":
        with path.open("rb+") as file:
            file.truncate(file.read().rfind(b"\n") + 1)


def without_secrets(value: Json) -> Json:
    """The value with whatever opens a door, or names a person, struck out."""
    if isinstance(value, dict):
        return {
            name: "" if name in SECRETS and item is not None else without_secrets(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def _document(body: bytes | None) -> Json:
    value: Json = None
    if body:
        with suppress(ValueError):
            value = json.loads(body)
    return value


def _kept(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: lower[name] for name in names if name in lower}


def _user(headers: Mapping[str, str], answered: Json) -> str | None:
    lower = {name.lower(): value for name, value in headers.items()}
    token = lower.get("authorization", "").removeprefix("Bearer ")
    if not token and isinstance(answered, dict):
        token = str(answered.get("access_token", ""))
    with suppress(ClientError):
        return subject(token)
    return None
