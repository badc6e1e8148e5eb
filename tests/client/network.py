"""Transports for devices: scripted responses, and losses of requests or responses."""

import base64
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

from trackforge_client.device.errors import Offline
from trackforge_client.device.transport import HttpTransport, Request, Response, StreamRejected

USER = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"
OTHER_USER = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b12"

ScriptedResponse = Response | Exception | Callable[[Request], Response]


def ok(body: object, status: int = 200, **headers: str) -> Response:
    """An answer with a JSON body."""
    return Response(status, {"content-type": "application/json", **headers}, encoded(body))


def problem(status: int, code: str, errors: object = None, **headers: str) -> Response:
    """A problem document."""
    body = {"title": code, "status": status, "detail": f"About {code}.", "code": code}
    if errors is not None:
        body["errors"] = errors
    whole = {"content-type": "application/problem+json", **headers}
    return Response(status, whole, encoded(body))


def tokens(number: int = 1, user: str = USER) -> Response:
    """The answer to a login or a refresh."""
    claims = base64.urlsafe_b64encode(encoded({"sub": user, "n": number})).rstrip(b"=").decode()
    return ok(
        {
            "access_token": f"e30.{claims}.sig",
            "refresh_token": f"refresh-{number}",
            "token_type": "Bearer",
            "expires_in": 900,
        }
    )


def page(
    changes: Sequence[Mapping[str, object]],
    cursor: str,
    *,
    more: bool = False,
    clock: int = 0,
    day_views: Sequence[Mapping[str, object]] = (),
) -> Response:
    """A page of a pull."""
    body = {"changes": changes, "cursor": cursor, "has_more": more, "server_clock": clock}
    return ok(body | {"day_views": list(day_views)})


def record(
    collection: str, id: str, version: int, data: Mapping[str, object], **more: object
) -> dict[str, object]:
    """A record as a pull carries it."""
    whole = {"collection": collection, "id": id, "version": version, "clock": version}
    return {**whole, "device_id": OTHER_USER, "deleted": False, "data": data, **more}


def encoded(body: object) -> bytes:
    """JSON bytes."""
    return json.dumps(body).encode()


class Scripted:
    """Answers each request with the next answer that was laid out for its path."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._answers: dict[str, deque[ScriptedResponse]] = {}
        self._always: dict[str, ScriptedResponse] = {"/sync/config": ok({"limits": {}})}

    def on(self, path: str, *answers: ScriptedResponse) -> None:
        """Lay out answers for the paths that begin so (after the version's prefix)."""
        self._answers.setdefault(path, deque()).extend(answers)

    def always(self, path: str, answer: ScriptedResponse) -> None:
        """Response of a path when no scripted response is left."""
        self._always[path] = answer

    def sent(self, path: str) -> list[Request]:
        """The requests to a path, in order."""
        return [one for one in self.requests if _place(one).startswith(path)]

    async def send(self, request: Request) -> Response:
        """The next answer, or the exception in its place."""
        self.requests.append(request)
        place = _place(request)
        for path, answers in self._answers.items():
            if place.startswith(path) and answers:
                return _given(answers.popleft(), request)
        for path, answer in self._always.items():
            if place.startswith(path):
                return _given(answer, request)
        raise AssertionError(f"nothing laid out for {request.method} {request.path}")

    async def lines(self, request: Request) -> AsyncGenerator[str, None]:
        """The lines of the answer's body."""
        response = await self.send(request)
        if response.status != 200:
            raise StreamRejected(response)
        for line in response.body.decode().splitlines():
            yield line

    async def close(self) -> None:
        """Nothing is open."""


class Lossy:
    """A real transport that loses requests or responses.

    `fail` is called for each request and returns "before" (the request is lost), "after" (the
    server gets it and the answer is lost) or None.
    """

    def __init__(self, inner: HttpTransport, fail: Callable[[Request], str | None]) -> None:
        self._inner = inner
        self.fail = fail

    async def send(self, request: Request) -> Response:
        """The answer, unless it is lost."""
        fate = self.fail(request)
        if fate == "before":
            raise Offline("lost on the way there", sent=True)
        response = await self._inner.send(request)
        if fate == "after":
            raise Offline("lost on the way back", sent=True)
        return response

    def lines(self, request: Request) -> AsyncGenerator[str, None]:
        """The stream as it is."""
        return self._inner.lines(request)

    async def close(self) -> None:
        """Close the network within."""
        await self._inner.close()


def _place(request: Request) -> str:
    return request.path.removeprefix("/api/v1")


def _given(answer: ScriptedResponse, request: Request) -> Response:
    if isinstance(answer, Exception):
        raise answer
    return answer if isinstance(answer, Response) else answer(request)
