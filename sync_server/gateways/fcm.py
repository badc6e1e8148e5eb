"""Firebase Cloud Messaging: HTTP v1, with access tokens of a service account (RFC 7523)."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import jwt
import orjson

from sync_server.config.push_services import ServiceAccount
from sync_server.gateways.base import (
    COLLAPSE,
    LIFETIME_S,
    SENT,
    Address,
    Delivery,
    failed,
    read_answer,
)

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_LIFETIME_S = 3600
# A token is replaced before it ends, so that none ends on its way.
MARGIN_S = 60.0
_DEAD = ("UNREGISTERED", "INVALID_ARGUMENT")


class NoAccessToken(Exception):
    """No access token: the text is a status or the name of an error."""


class Fcm:
    """Sender to Android apps."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        account: ServiceAccount,
        url: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._http = http
        self._account = account
        self._url = f"{url.rstrip('/')}/v1/projects/{account.project_id}/messages:send"
        self._now = now
        self._token, self._token_ends = "", 0.0
        self._fetching = asyncio.Lock()

    async def wake(self, address: Address) -> Delivery:
        """Send the message to the registration `token`."""
        try:
            delivery = await self._send(address, await self._access_token())
            if delivery.reason == "401":
                self._token_ends = 0.0
                delivery = await self._send(address, await self._access_token())
        except NoAccessToken as error:
            return failed(f"token_{error}")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return failed(type(error).__name__)
        return delivery

    async def close(self) -> None:
        """Nothing: the HTTP client is shared."""

    async def _send(self, address: Address, token: str) -> Delivery:
        message = {
            "message": {
                "token": address["token"],
                # A message needs contents to reach an app: these are the same for everybody.
                "data": {"type": COLLAPSE},
                "android": {
                    "collapse_key": COLLAPSE,
                    "priority": "NORMAL",
                    "ttl": f"{LIFETIME_S}s",
                },
            }
        }
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        async with self._http.post(
            self._url, data=orjson.dumps(message), headers=headers, allow_redirects=False
        ) as response:
            if response.status == 200:
                return SENT
            code = _error_code(await read_answer(response))
            if code in _DEAD:
                return Delivery("dead", code)
            return failed(str(response.status), response.headers)

    async def _access_token(self) -> str:
        """An access token, fetched once for all who wait for it; raises NoAccessToken."""
        async with self._fetching:
            now = self._now()
            if now >= self._token_ends:
                answer = await self._fetch_token(int(now))
                lifetime = answer.get("expires_in")
                seconds = float(lifetime) if isinstance(lifetime, int) else 0.0
                self._token = str(answer.get("access_token", ""))
                self._token_ends = now + seconds - MARGIN_S
            return self._token

    async def _fetch_token(self, now: int) -> Mapping[str, Any]:
        account = self._account
        claims = {
            "iss": account.client_email,
            "scope": SCOPE,
            "aud": account.token_uri,
            "iat": now,
            "exp": now + ASSERTION_LIFETIME_S,
        }
        key_id = {"kid": account.private_key_id} if account.private_key_id else None
        form = {
            "grant_type": GRANT,
            "assertion": jwt.encode(claims, account.private_key, "RS256", headers=key_id),
        }
        async with self._http.post(
            account.token_uri, data=form, allow_redirects=False
        ) as response:  # fmt: skip
            if response.status != 200:
                raise NoAccessToken(response.status)
            answer = orjson.loads(await read_answer(response))
        if not isinstance(answer, dict):
            raise NoAccessToken("no_object")
        return answer


def _error_code(body: bytes) -> str:
    """Code of FCM, else the status of Google, empty for another body."""
    try:
        error = orjson.loads(body)["error"]
        for detail in error.get("details", ()):
            if "errorCode" in detail:
                return str(detail["errorCode"])
        return str(error["status"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
