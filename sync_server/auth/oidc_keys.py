"""Keys of OpenID Connect providers: found by discovery, cached, fetched again as they rotate."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import structlog
from aiohttp import web

from sync_server.config.oidc_providers import OidcProvider, is_secure_url
from sync_server.config.settings import CONFIG, Config
from sync_server.security.id_tokens import (
    BadIdToken,
    IdTokenClaims,
    Jwk,
    UnknownIdTokenKey,
    read_id_token,
)
from sync_server.web.errors import InvalidIdToken, ProviderUnavailable

TIMEOUT_S = 5.0
MAX_BYTES = 256 * 1024
# Tokens with invented key ids must not make this server call a provider without end.
MAX_REFETCHES, REFETCH_WINDOW_S = 5, 60.0
DISCOVERY = "/.well-known/openid-configuration"
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class CachedProvider:
    """Discovery document and keys of a provider; the times are of the monotonic clock."""

    document: Mapping[str, Any] = field(default_factory=dict)
    keys: Sequence[Jwk] = ()
    fetched_at: float | None = None
    refetches: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_REFETCHES))
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class OidcKeys:
    """Verification of ID tokens with the keys that the providers publish."""

    def __init__(self, config: Config) -> None:
        self._lifetime_s = config.auth.oidc_keys_lifetime_s
        self._cached = {provider.name: CachedProvider() for provider in config.auth.oidc_providers}
        self._http: aiohttp.ClientSession | None = None

    async def claims(self, provider: OidcProvider, token: str, nonce: str) -> IdTokenClaims:
        """Claims of a valid token; raises InvalidIdToken or ProviderUnavailable."""
        cached = self._cached[provider.name]
        await self._refresh(provider, cached, max_age_s=self._lifetime_s)
        seen = cached.fetched_at
        try:
            try:
                return self._read(provider, cached, token, nonce)
            except UnknownIdTokenKey:
                if not await self._refetch(provider, cached, seen):
                    raise
                return self._read(provider, cached, token, nonce)
        except BadIdToken as error:
            log.info("ID token rejected", provider=provider.name, reason=str(error))
            raise InvalidIdToken from None

    async def document(self, provider: OidcProvider) -> Mapping[str, Any]:
        """Discovery document of the provider; raises ProviderUnavailable."""
        cached = self._cached[provider.name]
        await self._refresh(provider, cached, max_age_s=self._lifetime_s)
        return cached.document

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()

    @property
    def http(self) -> aiohttp.ClientSession:
        """HTTP client for the providers; it follows no redirects and stores no cookies."""
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                raise_for_status=False,
            )
        return self._http

    @staticmethod
    def _read(
        provider: OidcProvider, cached: CachedProvider, token: str, nonce: str
    ) -> IdTokenClaims:
        return read_id_token(
            token, cached.keys, provider.issuer, provider.client_ids, nonce, int(time.time())
        )

    async def _refresh(
        self, provider: OidcProvider, cached: CachedProvider, max_age_s: float
    ) -> None:
        """Fetch the keys if they are older than that, once for all who wait for them."""
        async with cached.lock:
            now = time.monotonic()
            if cached.fetched_at is not None and now - cached.fetched_at < max_age_s:
                return
            document = await self._get(provider, provider.issuer.rstrip("/") + DISCOVERY)
            if document.get("issuer") != provider.issuer:
                log.error("the discovery document is of another issuer", provider=provider.name)
                raise ProviderUnavailable
            keys = (await self._get(provider, str(document.get("jwks_uri")))).get("keys")
            if not isinstance(keys, list):
                raise ProviderUnavailable
            cached.document, cached.fetched_at = document, time.monotonic()
            cached.keys = tuple(key for key in keys if isinstance(key, dict))

    async def _refetch(
        self, provider: OidcProvider, cached: CachedProvider, seen: float | None
    ) -> bool:
        """Fetch keys that may have rotated; False if that happened too often lately."""
        if cached.fetched_at != seen:
            return True  # Another request has fetched them meanwhile.
        now, times = time.monotonic(), cached.refetches
        if len(times) == MAX_REFETCHES and now - times[0] < REFETCH_WINDOW_S:
            log.warning("keys are not fetched again so soon", provider=provider.name)
            return False
        times.append(now)
        await self._refresh(provider, cached, max_age_s=0)
        return True

    async def _get(self, provider: OidcProvider, url: str) -> Mapping[str, Any]:
        if not is_secure_url(url) or (
            provider.issuer.startswith("https:") and not url.startswith("https:")
        ):
            log.error("a URL of the provider is not https", provider=provider.name)
            raise ProviderUnavailable
        try:
            async with self.http.get(url, allow_redirects=False) as response:
                return await read_document(response)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.warning("provider not reached", provider=provider.name, reason=repr(error))
            raise ProviderUnavailable from None


async def read_document(response: aiohttp.ClientResponse) -> Mapping[str, Any]:
    """JSON object of a success of at most MAX_BYTES; raises ValueError."""
    if response.status != 200:
        raise ValueError(f"status {response.status}")
    content = bytearray()
    async for part in response.content.iter_any():
        content += part
        if len(content) > MAX_BYTES:
            raise ValueError("too large")
    document = orjson.loads(content)
    if not isinstance(document, dict):
        raise ValueError("no JSON object")
    return document


OIDC_KEYS: web.AppKey[OidcKeys] = web.AppKey("oidc_keys", OidcKeys)


async def oidc_context(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context of the providers' keys."""
    app[OIDC_KEYS] = keys = OidcKeys(app[CONFIG])
    yield
    await keys.close()
