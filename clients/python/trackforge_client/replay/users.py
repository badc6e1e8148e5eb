"""A fresh user of a replay: registered under a made-up name, with a session for each device."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from trackforge_client.device.backoff import Backoff
from trackforge_client.device.error_responses import problem
from trackforge_client.device.errors import ClientError, Offline, Refused, Unavailable
from trackforge_client.device.records import dump
from trackforge_client.device.session import API, subject
from trackforge_client.device.transport import Http, Request, Response
from trackforge_client.device.wire import document

PASSING = frozenset({408, 429, 502, 503, 504})


class GaveUp(ClientError):
    """The server was away for longer than the replay is willing to wait."""


@dataclass(slots=True)
class Insistent:
    """Sends a request until it has an answer, for `retry_for_s` seconds from the first failure."""

    http: Http
    retry_for_s: float = 30.0
    retried: Callable[[], None] = lambda: None
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def send(self, request: Request) -> Response:
        """An answer that is not about the server's own trouble; raises GaveUp."""
        backoff = Backoff(random.Random(), base_s=0.05, cap_s=1.0)
        deadline: float | None = None
        while True:
            failure, wished_s = "", None
            try:
                response = await self.http.send(request)
                if response.status not in PASSING:
                    return response
                failure = f"the server answered {response.status}"
                told = problem(response)
                wished_s = told.retry_after_s if isinstance(told, Unavailable) else None
            except Offline as error:
                failure = str(error)
            now = time.monotonic()
            deadline = now + self.retry_for_s if deadline is None else deadline
            if now >= deadline:
                raise GaveUp(f"No answer for {self.retry_for_s:g} s: {failure}")
            self.retried()
            wait_s = min(backoff.next_s(wished_s), max(deadline - now, 0.0))
            await self.sleep(wait_s)


@dataclass(slots=True)
class Account:
    """One user, and the access token of each of the user's devices."""

    server: Insistent
    email: str
    password: str
    user_id: str = ""
    _tokens: dict[str, str] = field(default_factory=dict)

    async def register(self, device: str) -> None:
        """Make the account; the first device gets the session. Raises Refused."""
        try:
            await self._enter("register", device)
        except Refused as error:
            if error.code != "email_taken":
                raise
            await self.login(device)  # The answer to the first attempt was lost.

    async def login(self, device: str) -> None:
        """Give a device a session of its own; raises Refused."""
        await self._enter("login", device)

    async def send(
        self,
        device: str,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        """A request of one of the devices, which signs in when it has to."""
        for fresh in (False, True):
            if device not in self._tokens:
                await self.login(device)
            bearer = {**(headers or {}), "authorization": f"Bearer {self._tokens[device]}"}
            response = await self.server.send(Request(method, path, bearer, body))
            if response.status != 401 or fresh:
                break
            del self._tokens[device]
        return response

    async def fetch(self, path: str) -> Response:
        """Ask for a path below `/api/v1`; raises the problem when it is not a success."""
        response = await self.send(next(iter(self._tokens)), "GET", API + path)
        if error := problem(response):
            raise error
        return response

    async def _enter(self, door: str, device: str) -> None:
        content = {"email": self.email, "password": self.password, "device_name": device}
        headers = {"content-type": "application/json"}
        request = Request("POST", f"{API}/auth/{door}", headers, dump(content).encode())
        response = await self.server.send(request)
        if error := problem(response):
            raise error
        token = str(document(response.body).get("access_token"))
        self.user_id = subject(token)
        self._tokens[device] = token
