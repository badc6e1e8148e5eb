"""Another app's log through the reference client, from code and from a terminal."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.imports.files import FITNOTES, HEVY
from tests.imports.health_connect_file import database
from tests.infrastructure.server import Server
from trackforge_client import Device, RequestRejected
from trackforge_client.cli.main import main

PASSWORD = "correct horse battery staple"


@pytest.fixture
def email() -> str:
    return f"{uuid.uuid4()}@example.com"


@pytest.fixture
async def phone(server: Server, email: str, tmp_path: Path) -> AsyncIterator[Device]:
    async with Device(tmp_path / "phone.db", server.base_url, name="phone") as device:
        await device.register(email, PASSWORD)
        yield device


async def test_a_preview_writes_nothing_and_an_import_is_pulled(phone: Device) -> None:
    preview: Any = await phone.import_file(FITNOTES.encode(), "fitnotes", dry_run=True)
    assert preview["made"]["workout_sets"] == 5
    await phone.sync()
    assert phone.all("workout_sets") == []
    done: Any = await phone.import_file(FITNOTES.encode(), "fitnotes")
    assert done["made"] == preview["made"]
    assert len(phone.all("workout_sets")) == 5
    again: Any = await phone.import_file(FITNOTES.encode(), "fitnotes")
    assert sum(again["made"].values()) == 0
    assert len(phone.all("workout_sets")) == 5


async def test_a_file_of_another_app_is_refused(phone: Device) -> None:
    with pytest.raises(RequestRejected) as caught:
        await phone.import_file(HEVY.encode(), "fitnotes")
    assert caught.value.code == "invalid_request"


async def test_unsent_work_and_an_import_do_not_disturb_each_other(phone: Device) -> None:
    written = phone.put("body_metrics", {"date": "2024-12-24", "weight_kg": 80.0})
    await phone.import_file(FITNOTES.encode(), "fitnotes")
    await phone.sync()
    assert phone.get("body_metrics", written) is not None
    assert (await phone.check()).same


async def test_from_a_terminal(
    phone: Device, server: Server, email: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fitnotes.csv").write_text(FITNOTES)
    words = [
        "import", str(tmp_path / "fitnotes.csv"), "--format", "fitnotes", "--email", email,
        "--password", PASSWORD, "--base-url", server.base_url,
    ]  # fmt: skip
    assert await asyncio.to_thread(main, words) == 0
    printed = capsys.readouterr().out
    assert "fitnotes: 2024-12-24 to 2024-12-26" in printed
    assert "5 workout_sets" in printed
    await phone.sync()
    assert len(phone.all("workout_sets")) == 5


async def test_a_choice_of_exercises_is_sent(phone: Device) -> None:
    chosen: Any = await phone.import_file(
        FITNOTES.encode(), "fitnotes", dry_run=True, mapping={"Pull Up": None}
    )
    assert "Pull Up" in [one["name"] for one in chosen["exercises"]["new"]]


async def test_a_health_export_of_a_phone_is_imported(phone: Device) -> None:
    preview: Any = await phone.import_health("health-connect", database(), dry_run=True)
    assert preview["format"] == "health_connect"
    done: Any = await phone.import_health("health-connect", database())
    assert done["made"] == preview["made"]
    assert len(phone.all("workout_sessions")) == 4
