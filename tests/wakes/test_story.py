"""A phone in the background: behind, woken up by Web Push, up to date, and left alone."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sync_server.config.settings import Config
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.support.metrics import metric
from tests.support.push_service import WebPushService
from trackforge_client import Device

PASSWORD = "correct horse battery staple"
FOOD: dict[str, Any] = {
    "name": "Oats",
    "energy_kcal": 370,
    "protein_g": 13,
    "carbs_g": 59,
    "fat_g": 7,
}


@pytest.fixture
async def server(push_config: Config) -> AsyncIterator[Server]:
    """A server that wakes devices up by itself."""
    async with running(push_config) as started:
        yield started


async def messages(service: WebPushService, count: int) -> None:
    async with asyncio.timeout(10):
        while len(service.messages) < count:
            await asyncio.sleep(0.02)


async def state(device: Device) -> Any:
    """State of the device's push key, None without one."""
    return next(it["push"] for it in await device.devices() if it["device_id"] == device.id)


async def test_a_phone_is_woken_up_syncs_and_is_left_alone(
    server: Server, service: WebPushService
) -> None:
    async with (
        Device(":memory:", server.base_url, name="phone") as phone,
        Device(":memory:", server.base_url, name="tablet") as tablet,
    ):
        email = f"{uuid.uuid4()}@example.com"
        await phone.register(email, PASSWORD)
        await tablet.login(email, PASSWORD)
        await phone.sync()
        config = await phone.push_config()
        assert config["vapid_public_key"] == service.vapid_public_key
        assert (await phone.set_push_key(service.subscribe("phone")))["kind"] == "webpush"
        await tablet.set_push_key(service.subscribe("tablet"))
        sent = metric("trackforge_wakes_total", kind="webpush", outcome="sent")
        tablet.put("foods", FOOD)
        await tablet.push()
        await messages(service, 1)
        assert service.messages == [("phone", b"sync")]
        woken = await phone.wake()
        assert metric("trackforge_wakes_total", kind="webpush", outcome="sent") > sent
        assert (woken.received, woken.finished) == (1, True)
        # Its next write wakes the tablet, and not itself.
        phone.put("foods", FOOD)
        await phone.wake()
        await messages(service, 2)
        assert service.messages[1:] == [("tablet", b"sync")]
        assert (await state(phone))["sent_at"] is not None
        await phone.delete_push_key()
        assert await state(phone) is None
