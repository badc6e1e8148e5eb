"""New user of a replay, with a session for each recorded device."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from trackforge_client.device.backoff import Backoff
from trackforge_client.device.error_responses import response_error
from trackforge_client.device.errors import ClientError, Offline, RequestRejected, Unavailable
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import API, subject
from trackforge_client.device.transport import HttpTransport, Request, Response
from trackforge_client.device.wire import document

TRANSIENT_STATUSES = frozenset({408, 429, 502, 503, 504})


class RetriesExhausted(ClientError):
    """Server without a response for longer than `retry_for_s`."""


@dataclass(slots=True)
class RetryingTransport:
    """Transport that retries temporary failures, up to `retry_for_s` seconds from the first one."""

    http: HttpTransport
    retry_for_s: float = 30.0
    retried: Callable[[], None] = lambda: None
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def send(self, request: Request) -> Response:
        """Response that is no temporary failure; raises RetriesExhausted."""
        backoff = Backoff(random.Random(), base_s=0.05, cap_s=1.0)
        deadline: float | None = None
        while True:
            failure, retry_after_s = "", None
            try:
                response = await self.http.send(request)
                if response.status not in TRANSIENT_STATUSES:
                    return response
                failure = f"the server responded {response.status}"
                error = response_error(response)
                retry_after_s = error.retry_after_s if isinstance(error, Unavailable) else None
            except Offline as error:
                failure = str(error)
            now = time.monotonic()
            deadline = now + self.retry_for_s if deadline is None else deadline
            if now >= deadline:
                raise RetriesExhausted(f"No response for {self.retry_for_s:g} s: {failure}")
            self.retried()
            wait_s = min(backoff.next_s(retry_after_s), max(deadline - now, 0.0))
            await self.sleep(wait_s)


@dataclass(slots=True)
class ReplayUser:
    """User of a replay with an access token per device."""

    server: RetryingTransport
    email: str
    password: str
    user_id: str = ""
    _tokens: dict[str, str] = field(default_factory=dict)

    async def register(self, device: str) -> None:
        """Creates the account with a session of the first device. Raises RequestRejected."""
        try:
            await self._enter("register", device)
        except RequestRejected as error:
            if error.code != "email_taken":
                raise
            await self.login(device)  # The response to the first attempt was lost.

    async def login(self, device: str) -> None:
        """Opens a session for a device; raises RequestRejected."""
        await self._enter("login", device)

    async def send(
        self,
        device: str,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        """Response to a request of a device, which signs in if needed."""
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
        """Response to a GET below `/api/v1`; raises for anything but a success."""
        response = await self.send(next(iter(self._tokens)), "GET", API + path)
        if error := response_error(response):
            raise error
        return response

    async def _enter(self, action: str, device: str) -> None:
        content = {"email": self.email, "password": self.password, "device_name": device}
        headers = {"content-type": "application/json"}
        request = Request("POST", f"{API}/auth/{action}", headers, dump(content).encode())
        response = await self.server.send(request)
        if error := response_error(response):
            raise error
        token = str(document(response.body).get("access_token"))
        self.user_id = subject(token)
        self._tokens[device] = token
