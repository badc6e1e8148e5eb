"""Exchanges between a device and the server, and recordings of them."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trackforge_client.device.errors import ClientError
from trackforge_client.device.json_types import Json
from trackforge_client.device.server_record import dump


class RecordingError(ClientError):
    """Unreadable recording; the message names the line."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Request and its response.

    `user` is the id of the token's user, None without a token; `t` is in seconds from the start of
    the recording. `path` has no query, header names are lower-case. A body that is not JSON is
    left out: `omitted` is the size of the request's in bytes.
    """

    device: str
    user: str | None
    t: float
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Json
    status: int
    response_body: Json
    response_headers: Mapping[str, str] = field(default_factory=dict)
    omitted: int = 0

    def as_line(self) -> str:
        """Line of a recording, without the line end."""
        request: dict[str, object] = {"method": self.method, "path": self.path}
        if self.query:
            request["query"] = dict(self.query)
        if self.headers:
            request["headers"] = dict(self.headers)
        if self.body is not None:
            request["body"] = self.body
        if self.omitted:
            request["omitted"] = self.omitted
        response: dict[str, object] = {"status": self.status}
        if self.response_headers:
            response["headers"] = dict(self.response_headers)
        response["body"] = self.response_body
        head = {"device": self.device, "user": self.user, "t": self.t}
        return dump({**head, "request": request, "response": response})

    @classmethod
    def from_line(cls, line: str) -> "Exchange":
        """Exchange of a line; raises ValueError, KeyError or TypeError if malformed."""
        entry = json.loads(line)
        request, response = entry["request"], entry["response"]
        return cls(
            str(entry["device"]),
            entry["user"],
            float(entry["t"]),
            str(request["method"]),
            str(request["path"]),
            dict(request.get("query", {})),
            dict(request.get("headers", {})),
            request.get("body"),
            int(response["status"]),
            response.get("body"),
            dict(response.get("headers", {})),
            int(request.get("omitted", 0)),
        )


def read_recording(path: str | Path) -> Iterator[Exchange]:
    """Exchanges of an `.ndjson` or `.ndjson.gz` file, in the order of their responses.

    An incomplete last line is ignored. Raises RecordingError.
    """
    path = Path(path)
    number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            for line in lines:
                number += 1
                if line.endswith(b"\n"):
                    yield Exchange.from_line(line.decode())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordingError(f"{path}, line {number}: not an exchange ({error!r})") from error
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(f"{path} cannot be read: {error}") from error
