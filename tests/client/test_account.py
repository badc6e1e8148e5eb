"""An account from a device: its credentials, its file, its end."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from tests.conftest import running
from tests.infrastructure.server import Server
from trackforge_client import Device, RequestRejected, SignedOut
from trackforge_client.cli.main import main
from trackforge_client.device.archive import InvalidArchive

PASSWORD = "correct horse battery staple"


@pytest.fixture
def email() -> str:
    return f"{uuid.uuid4()}@example.com"


@pytest.fixture
async def phone(server: Server, email: str, tmp_path: Path) -> AsyncIterator[Device]:
    async with Device(tmp_path / "phone.db", server.base_url, name="phone") as device:
        await device.register(email, PASSWORD)
        yield device


@pytest.fixture
async def other(server: Server, tmp_path: Path) -> AsyncIterator[Device]:
    async with Device(tmp_path / "other.db", server.base_url, name="other") as device:
        await device.register(f"{uuid.uuid4()}@example.com", PASSWORD)
        yield device


def fill(device: Device) -> None:
    """Records of every kind of identity: own ids, parents, natural keys, and a deleted one."""
    plan = device.put("diet_plans", {"name": "Cut", "days_of_week": [1, 2, 3]})
    meal = device.put("meals", {"plan_id": plan, "name": "Lunch", "position": 0})
    food = device.put(
        "foods",
        {"name": "Oats", "energy_kcal": 389, "protein_g": 16.9, "carbs_g": 66, "fat_g": 6.9},
    )
    device.put(
        "food_logs",
        {"date": "2026-11-23", "food_id": food, "grams": 80, "meal_id": meal, "planned": True},
    )
    device.put("body_metrics", {"date": "2026-11-23", "weight_kg": 81.4})
    device.put("profile", {"weight_unit": "lb"})
    device.delete("exercises", device.put("exercises", {"name": "Mistake"}))


def contents(device: Device) -> list[tuple[str, str]]:
    """Records of a device without ids that depend on the user."""
    return sorted((name, repr(sorted(data.items()))) for name, _, data in device.live())


async def test_an_export_comes_back_into_another_account(
    phone: Device, other: Device, tmp_path: Path
) -> None:
    fill(phone)
    await phone.sync()
    assert await phone.export(tmp_path / "me.ndjson") == 7
    assert await other.restore(tmp_path / "me.ndjson") == Counter(applied=6)
    assert await other.restore(tmp_path / "me.ndjson") == Counter(applied=6), "the stored answer"
    await other.sync()
    assert contents(other) == contents(phone)
    assert (await other.check()).same
    assert other.day_view("2026-11-23") == phone.day_view("2026-11-23")


async def test_a_restore_waits_for_the_rate_limit(config: Config, tmp_path: Path) -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        async with Redis.from_url(config.stores.redis_url) as valkey:
            for key in await valkey.keys("rl:*"):
                await valkey.delete(key)

    async with (
        running(config.changed(rate_limit_push_changes=Limit(5, 60))) as server,
        Device(tmp_path / "a.db", server.base_url, sleep=wait) as device,
    ):
        await device.register(f"{uuid.uuid4()}@example.com", PASSWORD)
        fill(device)
        await device.push()
        await device.export(tmp_path / "me.ndjson")
        assert (await device.restore(tmp_path / "me.ndjson")).total() == 6
    [seconds] = waits
    assert 1 <= seconds <= 60


async def test_a_file_without_its_stored_answers_changes_nothing_either(
    phone: Device, tmp_path: Path
) -> None:
    fill(phone)
    await phone.sync()
    await phone.export(tmp_path / "me.ndjson")
    before = (await phone.check()).version
    statuses = await phone.restore(tmp_path / "me.ndjson")
    assert set(statuses) <= {"unchanged", "stale"}
    assert (await phone.check()).version == before


async def test_tables_and_workouts_are_downloaded(
    phone: Device, server: Server, email: str, tmp_path: Path
) -> None:
    exercise = phone.put("exercises", {"name": "Row"})
    session = phone.put("workout_sessions", {"date": "2026-11-23", "name": "Pull"})
    phone.put(
        "workout_sets",
        {"session_id": session, "exercise_id": exercise, "position": 0, "reps": 5},
    )
    await phone.sync()
    table = await phone.export_table("csv/workout_sessions", start="2026-11-23", end="2026-11-23")
    assert table.splitlines()[1].startswith(session.encode())
    assert (
        len((await phone.export_table("csv/workout_sessions", end="2026-11-22")).splitlines()) == 1
    )
    assert b"Row" in await phone.export_fit(session)
    assert await phone.export_fit(session, steps=True) != await phone.export_fit(session)
    with pytest.raises(RequestRejected):
        await phone.export_table("csv/nothing")
    words = [
        "table", "strong", str(tmp_path / "strong.csv"), "--base-url", server.base_url,
        "--email", email, "--password", PASSWORD,
    ]  # fmt: skip
    assert await asyncio.to_thread(main, words) == 0
    assert b"Row" in (tmp_path / "strong.csv").read_bytes()


@pytest.mark.parametrize("text", ["", "{}", "no json", '{"format": "trackforge-export"}', "[1]"])
async def test_another_file_is_not_taken(phone: Device, tmp_path: Path, text: str) -> None:
    (tmp_path / "other").write_text(text)
    with pytest.raises(InvalidArchive):
        await phone.restore(tmp_path / "other")


async def test_a_wrong_password_signs_nobody_out(phone: Device) -> None:
    with pytest.raises(RequestRejected) as rejection:
        await phone.change_password("wrong one", "staple battery horse")
    assert rejection.value.code == "invalid_credentials"
    assert len(await phone.sessions()) == 1


async def test_credentials_change_from_a_device(phone: Device, server: Server, email: str) -> None:
    await phone.change_password(PASSWORD, "staple battery horse")
    await phone.change_email("staple battery horse", f"new-{email}")
    async with Device(":memory:", server.base_url, name="tablet") as tablet:
        with pytest.raises(RequestRejected):
            await tablet.login(email, PASSWORD)
        await tablet.login(f"new-{email}", "staple battery horse")
        assert len(await phone.sessions()) == 2


async def test_a_deleted_account_is_over_on_the_device(phone: Device) -> None:
    await phone.delete_account(PASSWORD)
    with pytest.raises(SignedOut):
        await phone.sessions()


async def test_the_command_line_exports_and_restores(
    phone: Device,
    server: Server,
    email: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fill(phone)
    await phone.sync()
    file = tmp_path / "me.ndjson"
    common = [str(file), "--base-url", str(server.base_url), "--email", email]
    words = [*common, "--password", PASSWORD]
    assert await asyncio.to_thread(main, ["export", *words]) == 0
    assert await asyncio.to_thread(main, ["restore", *words]) == 0
    output = capsys.readouterr().out.splitlines()
    assert f"7 records written to {file}" in output
    assert len(await phone.sessions()) == 1, "the commands log out"
