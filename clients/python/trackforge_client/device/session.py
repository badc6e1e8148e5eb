"""Session of a device: authenticated requests and token refresh."""

import asyncio
import base64
import json
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

from trackforge_client.device.error_responses import response_error
from trackforge_client.device.errors import (
    AccountDeleted,
    Offline,
    RequestRejected,
    SignedOut,
    Unavailable,
)
from trackforge_client.device.ids import new_id
from trackforge_client.device.json_types import Json
from trackforge_client.device.server_record import dump
from trackforge_client.device.tokens import Tokens, tokens_from
from trackforge_client.device.transport import HttpTransport, Request, Response, StreamRejected

API = "/api/v1"
_REFRESH_TRIES = 3
REAUTHENTICATION = ("invalid_credentials", "invalid_code", "invalid_id_token", "invalid_passkey")
"""Codes of a 401 for what the request itself has to verify: the token itself is valid."""


class Session:
    """Authenticated requests of one device; concurrent requests share one token refresh."""

    def __init__(
        self,
        http: HttpTransport,
        tokens: Tokens,
        *,
        now_us: Callable[[], int],
        source: random.Random,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._now_us = now_us
        self._source = source
        self._sleep = sleep
        self._refreshing = asyncio.Lock()

    async def public_call(
        self,
        method: str,
        path: str,
        body: Json = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Response to a request without the device's token."""
        raw = None if body is None else dump(body).encode()
        request = _request(method, path, raw, key, headers or {})
        response = await self._http.send(request)
        error = response_error(response)
        if error is not None:
            raise error
        return response

    async def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Response to a request of the signed-in user; refreshes an expired token.

        Raises SignedOut, AccountDeleted, UpgradeRequired, RequestRejected, Offline or Unavailable.
        """
        for fresh in (False, True):
            token = self.require()
            bearer = {**(headers or {}), "authorization": f"Bearer {token}"}
            response = await self._http.send(_request(method, path, body, key, bearer))
            if await self._usable(response, token, fresh):
                return response
        raise AssertionError("unreachable")

    async def stream(self, path: str) -> AsyncGenerator[str, None]:
        """Lines of an event stream of the signed-in user."""
        for fresh in (False, True):
            token = self.require()
            headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
            try:
                async for line in self._http.lines(Request("GET", API + path, headers)):
                    yield line
                return
            except StreamRejected as rejection:
                await self._usable(rejection.response, token, fresh)

    async def _usable(self, response: Response, token: str, fresh: bool) -> bool:
        """True for a success, False after a token refresh; raises for other responses."""
        error = response_error(response)
        if error is None:
            return True
        if isinstance(error, AccountDeleted):
            self._tokens.clear("account_deleted")
        if not isinstance(error, RequestRejected) or error.status != 401:
            raise error
        if error.code in REAUTHENTICATION:
            raise error  # Wrong proof in a re-authentication; the token is valid.
        if fresh:
            raise SignedOut(error.detail) from error
        await self.refresh(token)
        return False

    @property
    def refresh_token(self) -> str | None:
        """Refresh token of the present session: at a sign-in it shows that the device is known."""
        return self._tokens.refresh

    def require(self) -> str:
        """Access token; raises SignedOut or AccountDeleted without one."""
        token = self._tokens.access
        if token is None:
            raise self._tokens.missing_error()
        return token

    async def refresh(self, stale: str | None = None) -> None:
        """Exchanges the refresh token; does nothing if `stale` is no longer the access token.

        The Idempotency-Key is stored before sending. After a lost response, the same token under
        the same key gets the same successor, also after a crash. A new key would be treated as
        token theft.
        """
        async with self._refreshing:
            token = self._tokens.refresh
            if token is None:
                raise self._tokens.missing_error()
            if stale is not None and stale != self._tokens.access:
                return
            try:
                response = await self._send_refresh(token, self._refresh_key())
            except AccountDeleted:
                self._tokens.clear("account_deleted")
                raise
            except RequestRejected as error:
                if error.status != 401:
                    raise
                self._tokens.clear("refused")
                raise SignedOut(error.detail) from error
            self._tokens.store(tokens_from(response))

    async def pause(self, seconds: float) -> None:
        """Waits, by the sleep that the device was made with."""
        await self._sleep(seconds)

    def sign_in(self, response: Response, email: str) -> None:
        """Stores the tokens of a sign-in; raises UnsentWork in another user's file."""
        tokens = tokens_from(response)
        self._tokens.sign_in(tokens, subject(tokens["access_token"]), email)

    async def log_out(self) -> None:
        """Revokes this session on the server."""
        body = dump({"refresh_token": self._tokens.refresh}).encode()
        await self.call("POST", "/auth/logout", body)

    def clear_deleted_account(self) -> None:
        """Deletes the tokens of a deleted account."""
        self._tokens.clear("account_deleted")

    def sign_out(self) -> None:
        """Deletes the tokens after a logout."""
        self._tokens.clear("user")

    def _refresh_key(self) -> str:
        key = self._tokens.refresh_key or new_id(self._now_us(), self._source)
        self._tokens.refresh_key = key
        return key

    async def _send_refresh(self, token: str, key: str) -> Response:
        # The server repeats a lost response for 60 s only, so retry at once.
        for tries_left in reversed(range(_REFRESH_TRIES)):
            try:
                return await self.public_call(
                    "POST", "/auth/refresh", {"refresh_token": token}, key
                )
            except (Offline, Unavailable) as error:
                lost = isinstance(error, Offline) and error.sent
                if not lost or not tries_left:
                    raise
                await self._sleep(0.5 + self._source.random())
        raise AssertionError("unreachable")


def subject(access_token: str) -> str:
    """User id in a JWT, without signature verification."""
    try:
        return str(_claims(access_token)["sub"])
    except (IndexError, ValueError, KeyError, TypeError) as error:
        raise Unavailable("The access token was not understood.", status=200) from error


def email_of(id_token: str) -> str:
    """Address in an ID token, to be shown; empty if there is none."""
    try:
        return str(_claims(id_token).get("email", ""))
    except (IndexError, ValueError, AttributeError, TypeError):
        return ""


def _claims(token: str) -> dict[str, Json]:
    part = token.split(".")[1]
    claims: dict[str, Json] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def _request(
    method: str, path: str, body: bytes | None, key: str | None, headers: Mapping[str, str]
) -> Request:
    all_headers = {"accept": "application/json"}
    if body is not None:
        all_headers["content-type"] = "application/json"
    if key is not None:
        all_headers["idempotency-key"] = key
    return Request(method, API + path, {**all_headers, **headers}, body)
