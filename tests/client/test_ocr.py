"""Photographs from a device: a draft at once, or a job, and what a person confirms is synced."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sync_server.app import create_app
from sync_server.config.settings import Config
from tests.infrastructure.server import Server
from tests.ocr.images import jpeg, png
from trackforge_client import Device, RequestRejected

PASSWORD = "correct horse battery staple"


@pytest.fixture
async def phone(server: Server, tmp_path: Path) -> AsyncIterator[Device]:
    async with Device(tmp_path / "phone.db", server.base_url, name="phone") as device:
        await device.register(f"{uuid.uuid4()}@example.com", PASSWORD)
        yield device


async def test_a_sheet_becomes_a_workout_that_is_synced(phone: Device, tmp_path: Path) -> None:
    (tmp_path / "sheet.jpg").write_bytes(jpeg())
    draft: Any = await phone.ocr_workout(tmp_path / "sheet.jpg")
    session = phone.put("workout_sessions", {"date": "2026-11-23", "name": "From paper"})
    position = 0
    for item in draft["items"]:
        exercise = phone.put("exercises", {"name": item["exercise"], "category": "strength"})
        for one in item["sets"]:
            said = {k: v for k, v in one.items() if k in ("kind", "reps", "weight_kg") and v}
            phone.put(
                "workout_sets",
                {"session_id": session, "exercise_id": exercise, "position": position, **said},
            )
            position += 1
    await phone.sync()
    assert phone.rejected() == []
    view: Any = phone.day_view("2026-11-23")
    assert view is not None
    assert view["training"]["sets"] == position > 0


async def test_a_menu_is_read_once(phone: Device) -> None:
    first = await phone.ocr_menu(png())
    assert await phone.ocr_menu(png()) == first


async def test_what_is_no_image_is_refused(phone: Device) -> None:
    with pytest.raises(RequestRejected) as caught:
        await phone.ocr_menu(b"<svg/>")
    assert caught.value.code == "unsupported_image"


async def test_a_job_is_followed_to_its_end(phone: Device) -> None:
    job: Any = await phone.start_ocr("menu", png("a job"))
    async with asyncio.timeout(30):
        while job["state"] in ("queued", "reading"):
            await asyncio.sleep(0.05)
            job = await phone.ocr_job(job["id"])
    assert job["result"] == await phone.ocr_menu(png("a job"))
    with pytest.raises(RequestRejected) as caught:
        await phone.cancel_ocr(job["id"])
    assert caught.value.code == "job_ended"


async def test_a_job_that_waits_is_cancelled(config: Config) -> None:
    running = Server(create_app(config.changed(ocr_processes=0)))
    await running.start_server(auto_decompress=False)
    async with Device(":memory:", running.base_url, name="phone") as phone:
        await phone.register(f"{uuid.uuid4()}@example.com", PASSWORD)
        job: Any = await phone.start_ocr("workout", png())
        assert (await phone.cancel_ocr(job["id"]))["state"] == "cancelled"
    await running.close()
