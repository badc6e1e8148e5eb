"""Apple's push service: HTTP/2, with provider tokens (ES256)."""

import time
from collections.abc import Callable

import httpx
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from sync_server.config.push_services import pem_of
from sync_server.gateways.base import (
    COLLAPSE,
    LIFETIME_S,
    PUSH_TIMEOUT_S,
    SENT,
    Address,
    Delivery,
    failed,
)

# Apple takes tokens of at most an hour, and not more than one new in 20 minutes.
TOKEN_AGE_S = 2400.0
PAYLOAD = b'{"aps":{"content-available":1}}'
_DEAD = ("Unregistered", "BadDeviceToken", "ExpiredToken")


class Apns:
    """Sender to iOS apps."""

    def __init__(
        self,
        key: ec.EllipticCurvePrivateKey,
        key_id: str,
        team_id: str,
        bundle_id: str,
        url: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._key, self._key_id, self._team_id = pem_of(key), key_id, team_id
        self._topic = bundle_id
        self._now = now
        self._token, self._token_at = "", float("-inf")
        self._http = httpx.AsyncClient(
            base_url=url,
            http1=False,
            http2=True,
            timeout=PUSH_TIMEOUT_S,
            trust_env=False,
            follow_redirects=False,
        )

    async def wake(self, address: Address) -> Delivery:
        """Send the message to the device `token`."""
        try:
            response = await self._post(address)
            reason = _reason(response)
            if reason == "ExpiredProviderToken":
                self._token_at = float("-inf")
                response = await self._post(address)
                reason = _reason(response)
        except (httpx.HTTPError, OSError) as error:
            return failed(type(error).__name__)
        if response.status_code == 200:
            return SENT
        if response.status_code == 410 or reason in _DEAD:
            return Delivery("dead", reason or "410")
        return failed(reason or str(response.status_code), response.headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _post(self, address: Address) -> httpx.Response:
        headers = {
            "authorization": f"bearer {self._provider_token()}",
            "apns-topic": self._topic,
            "apns-push-type": "background",
            "apns-priority": "5",
            "apns-collapse-id": COLLAPSE,
            "apns-expiration": str(int(self._now()) + LIFETIME_S),
        }
        return await self._http.post(
            f"/3/device/{address['token']}", content=PAYLOAD, headers=headers
        )

    def _provider_token(self) -> str:
        now = self._now()
        if now - self._token_at >= TOKEN_AGE_S:
            claims, headers = {"iss": self._team_id, "iat": int(now)}, {"kid": self._key_id}
            self._token = jwt.encode(claims, self._key, "ES256", headers=headers)
            self._token_at = now
        return self._token


def _reason(response: httpx.Response) -> str:
    """Reason of an error's body, empty for none."""
    try:
        return str(orjson.loads(response.content)["reason"])
    except (ValueError, KeyError, TypeError):
        return ""
