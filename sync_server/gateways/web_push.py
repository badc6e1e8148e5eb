"""Web Push and UnifiedPush: RFC 8030, encrypted by RFC 8291, signed by VAPID (RFC 8292)."""

import base64
import time
from collections.abc import Callable

import aiohttp
import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from sync_server.config.push_services import pem_of, vapid_key, vapid_public_key
from sync_server.gateways.base import (
    COLLAPSE,
    LIFETIME_S,
    MESSAGE,
    SENT,
    Address,
    Delivery,
    failed,
)
from sync_server.gateways.endpoints import endpoint_problem, origin_of

TOKEN_LIFETIME_S = 12 * 3600
_DEAD = (404, 410)


class WebPush:
    """Sender to the endpoints of browsers and of distributors of UnifiedPush."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        private_key: str,
        subject: str,
        *,
        loopback: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`http` resolves names with PublicResolver; `private_key` is base64url."""
        self._http = http
        self._signing_key = pem_of(vapid_key(private_key))
        self._public_key = vapid_public_key(private_key)
        self._subject = subject
        self._loopback = loopback
        self._now = now

    async def wake(self, address: Address) -> Delivery:
        """Send the message to `endpoint`, for the keys `p256dh` and `auth`."""
        endpoint = address["endpoint"]
        if endpoint_problem(endpoint, loopback=self._loopback):
            return Delivery("dead", "forbidden_endpoint")
        try:
            async with self._http.post(
                endpoint, data=self._encrypted(address), headers=self._headers(endpoint),
                allow_redirects=False,
            ) as response:  # fmt: skip
                if response.status in _DEAD:
                    return Delivery("dead", str(response.status))
                if 200 <= response.status < 300:
                    return SENT
                return failed(str(response.status), response.headers)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return failed(type(error).__name__)

    async def close(self) -> None:
        """Nothing: the HTTP client is shared."""

    def _encrypted(self, address: Address) -> bytes:
        """The message for one subscription, under a key of its own."""
        encrypted: bytes = http_ece.encrypt(
            MESSAGE,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=base64url(address["p256dh"]),
            auth_secret=base64url(address["auth"]),
            version="aes128gcm",
        )
        return encrypted

    def _headers(self, endpoint: str) -> dict[str, str]:
        claims = {
            "aud": origin_of(endpoint),
            "exp": int(self._now()) + TOKEN_LIFETIME_S,
            "sub": self._subject,
        }
        token = jwt.encode(claims, self._signing_key, "ES256")
        return {
            "Authorization": f"vapid t={token}, k={self._public_key}",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(LIFETIME_S),
            "Topic": COLLAPSE,
            "Urgency": "normal",
        }


def base64url(text: str) -> bytes:
    """Bytes of base64url text with or without padding; raises ValueError."""
    stripped = text.rstrip("=")
    padding = "=" * (-len(stripped) % 4)
    return base64.b64decode(stripped + padding, altchars=b"-_", validate=True)
