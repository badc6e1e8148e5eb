"""Who is signed in on this device, and requests in that user's name."""

import asyncio
import base64
import json
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

from trackforge_client.device.error_responses import problem
from trackforge_client.device.errors import (
    AccountDeleted,
    Offline,
    Refused,
    SignedOut,
    Unavailable,
)
from trackforge_client.device.ids import new_id
from trackforge_client.device.json_types import Json
from trackforge_client.device.records import dump
from trackforge_client.device.tokens import Tokens, tokens_in
from trackforge_client.device.transport import Http, NoStream, Request, Response

API = "/api/v1"
_REFRESH_TRIES = 3


class Session:
    """The tokens of one device; a refresh happens once, however many requests need it."""

    def __init__(
        self,
        http: Http,
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

    async def open_call(
        self,
        method: str,
        path: str,
        body: Json = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """A request that needs no token of this device's."""
        raw = None if body is None else dump(body).encode()
        request = _request(method, path, raw, key, headers or {})
        response = await self._http.send(request)
        error = problem(response)
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
        """A request as the signed-in user; refreshes the token when it is refused.

        Raises SignedOut, AccountDeleted, UpgradeRequired, Refused, Offline or Unavailable.
        """
        for fresh in (False, True):
            token = self.require()
            bearer = {**(headers or {}), "authorization": f"Bearer {token}"}
            response = await self._http.send(_request(method, path, body, key, bearer))
            if await self._usable(response, token, fresh):
                return response
        raise AssertionError("unreachable")

    async def stream(self, path: str) -> AsyncGenerator[str, None]:
        """The lines of a stream as the signed-in user."""
        for fresh in (False, True):
            token = self.require()
            headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
            try:
                async for line in self._http.lines(Request("GET", API + path, headers)):
                    yield line
                return
            except NoStream as refused:
                await self._usable(refused.response, token, fresh)

    async def _usable(self, response: Response, token: str, fresh: bool) -> bool:
        """True for an answer to use, False when there is a new token to try; raises the rest."""
        error = problem(response)
        if error is None:
            return True
        if isinstance(error, AccountDeleted):
            self._tokens.forget("account_deleted")
        if not isinstance(error, Refused) or error.status != 401:
            raise error
        if error.code == "invalid_credentials":
            raise error  # A wrong password, asked for once more: the token is fine.
        if fresh:
            raise SignedOut(error.detail) from error
        await self.refresh(token)
        return False

    def require(self) -> str:
        """The access token; raises SignedOut or AccountDeleted when there is none."""
        token = self._tokens.access
        if token is None:
            raise self._tokens.why_none()
        return token

    async def refresh(self, stale: str | None = None) -> None:
        """New tokens for old; nothing to do when `stale` has been replaced in the meantime.

        The request's Idempotency-Key is written down first. When the answer is lost, the same
        token under the same key gets the same successor, also after a crash; a new key would
        look like theft and sign the user out.
        """
        async with self._refreshing:
            token = self._tokens.refresh
            if token is None:
                raise self._tokens.why_none()
            if stale is not None and stale != self._tokens.access:
                return
            try:
                response = await self._refresh_answer(token, self._refresh_key())
            except AccountDeleted:
                self._tokens.forget("account_deleted")
                raise
            except Refused as error:
                if error.status != 401:
                    raise
                self._tokens.forget("refused")
                raise SignedOut(error.detail) from error
            self._tokens.keep(tokens_in(response))

    def sign_in(self, response: Response, email: str) -> None:
        """Take the tokens of a registration or login; raises UnsentWork for another's file."""
        found = tokens_in(response)
        self._tokens.sign_in(found, subject(found["access_token"]), email)

    async def log_out(self) -> None:
        """Tell the server that this session is over."""
        body = dump({"refresh_token": self._tokens.refresh}).encode()
        await self.call("POST", "/auth/logout", body)

    def account_is_gone(self) -> None:
        """Drop the tokens of an account that was deleted from here."""
        self._tokens.forget("account_deleted")

    def sign_out(self) -> None:
        """Drop the tokens at the user's wish."""
        self._tokens.forget("user")

    def _refresh_key(self) -> str:
        key = self._tokens.refresh_key or new_id(self._now_us(), self._source)
        self._tokens.refresh_key = key
        return key

    async def _refresh_answer(self, token: str, key: str) -> Response:
        # The server repeats a lost answer for 60 s only: try again at once, not in minutes.
        for tries_left in reversed(range(_REFRESH_TRIES)):
            try:
                return await self.open_call("POST", "/auth/refresh", {"refresh_token": token}, key)
            except (Offline, Unavailable) as error:
                lost = isinstance(error, Offline) and error.sent
                if not lost or not tries_left:
                    raise
                await self._sleep(0.5 + self._source.random())
        raise AssertionError("unreachable")


def subject(access_token: str) -> str:
    """The user's id in a JWT; the signature is the server's business."""
    try:
        part = access_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return str(claims["sub"])
    except (IndexError, ValueError, KeyError, TypeError) as error:
        raise Unavailable("The access token was not understood.", status=200) from error


def _request(
    method: str, path: str, body: bytes | None, key: str | None, headers: Mapping[str, str]
) -> Request:
    whole = {"accept": "application/json"}
    if body is not None:
        whole["content-type"] = "application/json"
    if key is not None:
        whole["idempotency-key"] = key
    return Request(method, API + path, {**whole, **headers}, body)
