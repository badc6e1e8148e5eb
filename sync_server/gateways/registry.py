"""Push services by kind, as the settings name them."""

from email.utils import parseaddr

import aiohttp

from sync_server.config.push_services import (
    apns_signing_key,
    service_account,
    vapid_public_key,
)
from sync_server.config.settings import Config
from sync_server.gateways.base import PUSH_TIMEOUT_S, Gateway
from sync_server.gateways.endpoints import PublicResolver
from sync_server.gateways.fcm import Fcm
from sync_server.gateways.web_push import WebPush


def kinds_of(config: Config) -> tuple[str, ...]:
    """Kinds of push keys that this server accepts."""
    wakes = config.wakes
    kinds: tuple[str, ...] = ("webpush", "unifiedpush") if wakes.vapid_private_key else ()
    kinds += ("fcm",) if wakes.fcm_credentials else ()
    return kinds + (("apns",) if wakes.apns_key else ())


def push_config(config: Config) -> dict[str, object]:
    """`{kinds, vapid_public_key}`, as clients read it; the key is null without VAPID."""
    private_key = config.wakes.vapid_private_key
    key = vapid_public_key(private_key) if private_key else None
    return {"kinds": list(kinds_of(config)), "vapid_public_key": key}


class Gateways:
    """The push services of the settings, with their connections."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._by_kind: dict[str, Gateway] = {}
        self._clients: list[aiohttp.ClientSession] = []

    def open(self) -> None:
        """Open the HTTP clients, in the running event loop."""
        config = self._config.wakes
        if config.vapid_private_key:
            address = parseaddr(self._config.mail.mail_from)[1]
            subject = config.vapid_subject or f"mailto:{address}"
            resolver = PublicResolver(loopback=config.push_loopback)
            web_push = WebPush(
                self._client(aiohttp.TCPConnector(resolver=resolver)),
                config.vapid_private_key,
                subject,
                loopback=config.push_loopback,
            )
            self._by_kind |= {"webpush": web_push, "unifiedpush": web_push}
        if config.fcm_credentials:
            account = service_account(config.fcm_credentials)
            self._by_kind["fcm"] = Fcm(
                self._client(aiohttp.TCPConnector()), account, config.fcm_url
            )
        if config.apns_key:
            # The only user of HTTP/2: its library is loaded where a key is set.
            from sync_server.gateways.apns import Apns

            self._by_kind["apns"] = Apns(
                apns_signing_key(config.apns_key),
                config.apns_key_id,
                config.apns_team_id,
                config.apns_bundle_id,
                config.apns_url,
            )

    def get(self, kind: str) -> Gateway | None:
        """The push service of a kind, None if the settings have none."""
        return self._by_kind.get(kind)

    async def close(self) -> None:
        """Close all connections."""
        for gateway in self._by_kind.values():
            await gateway.close()
        for client in self._clients:
            await client.close()

    def _client(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        client = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=PUSH_TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._clients.append(client)
        return client
