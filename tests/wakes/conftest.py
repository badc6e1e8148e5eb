"""A server with a push service on loopback; devices are woken only when a test says so."""

from collections.abc import AsyncIterator

import pytest

from sync_server.config.push_services import new_vapid_key, vapid_public_key
from sync_server.config.settings import Config
from sync_server.sync.wakes import waker as waker_module
from sync_server.sync.wakes.waker import WAKER
from tests.conftest import running
from tests.support.client import Client
from tests.support.push_service import WebPushService, web_push_service
from tests.wakes.household import Household


@pytest.fixture
def push_config(config: Config) -> Config:
    """Settings with Web Push on loopback."""
    return config.changed(
        vapid_private_key=new_vapid_key(), push_loopback=True, stream_keepalive_s=0.2
    )


@pytest.fixture
async def service(push_config: Config) -> AsyncIterator[WebPushService]:
    """A service of Web Push."""
    async with web_push_service(vapid_public_key(push_config.wakes.vapid_private_key)) as started:
        yield started


@pytest.fixture
async def household(
    push_config: Config, service: WebPushService, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Household]:
    """A registered user; devices are woken only when a test says so."""
    monkeypatch.setattr(waker_module, "GATHER_S", 3600.0)
    async with running(push_config) as server:
        user = Client(server.base_url)
        await user.register()
        home = Household(user, server.app[WAKER], service)
        home.waker.now = lambda: home.now
        yield home
