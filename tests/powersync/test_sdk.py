"""Households of Python devices and PowerSync's real SDK, which checks its own checksums."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from sync_server.config.settings import Config
from sync_server.maintenance.retention import cleanup
from sync_server.powersync import session
from sync_server.store.postgres import Pool
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.sync.conftest import NewDevice
from tests.sync.proxy import ANSWER_LOST, Proxy, first
from tests.sync.stories import food, new_set
from tests.sync.stories import session as workout
from trackforge_client import Device

from .conftest import LogIn, NewPowerSyncDevice, PowerSyncDevice

Connect = Callable[[PowerSyncDevice], Awaitable[None]]

NAMES = "SELECT name FROM foods ORDER BY name"


@pytest.fixture
async def phone(new_device: NewDevice) -> Device:
    """A signed-in Python device of the household."""
    return await new_device("phone")


@pytest.fixture
def connect(server: Server, log_in: LogIn) -> Connect:
    """`await connect(device)`: log in as the phone's user and begin to sync."""

    async def sign_in(device: PowerSyncDevice) -> None:
        await device.command("connect", url=server.base_url, tokens=await log_in())

    return sign_in


def names(*expected: str) -> list[dict[str, str]]:
    return [{"name": name} for name in sorted(expected)]


async def test_first_sync_live_changes_and_deletes(
    phone: Device, new_powersync_device: NewPowerSyncDevice, connect: Connect
) -> None:
    oats, rye = phone.put("foods", food("Oats")), phone.put("foods", food("Rye"))
    await phone.sync()
    tablet = await new_powersync_device("tablet")
    await connect(tablet)
    await tablet.until(NAMES, names("Oats", "Rye"))
    phone.patch("foods", oats, {"name": "Rolled oats"})
    phone.delete("foods", rye)
    await phone.sync()
    await tablet.until(NAMES, names("Rolled oats"))
    assert await tablet.checksum_failures() == 0


async def test_offline_edits_are_uploaded_and_merged_by_field(
    phone: Device, new_powersync_device: NewPowerSyncDevice, connect: Connect
) -> None:
    oats = phone.put("foods", food("Oats"))
    await phone.sync()
    tablet = await new_powersync_device("tablet")
    await connect(tablet)
    await tablet.until(NAMES, names("Oats"))
    await tablet.command("disconnect")
    await tablet.execute("UPDATE foods SET notes = 'dry' WHERE id = ?", oats)
    rye = str(uuid.uuid4())
    await tablet.execute(
        "INSERT INTO foods (id, name, energy_kcal, protein_g, carbs_g, fat_g) "
        "VALUES (?, 'Rye', 335, 9, 59, 2)", rye,
    )  # fmt: skip
    phone.patch("foods", oats, {"name": "Rolled oats"})
    await phone.sync()
    await connect(tablet)
    status = await tablet.uploaded()
    assert status["rejected"] == []
    await tablet.until(NAMES, names("Rolled oats", "Rye"))
    await phone.sync()
    record = phone.get("foods", oats)
    assert record is not None
    assert (record["name"], record["notes"]) == ("Rolled oats", "dry")
    await tablet.execute("DELETE FROM foods WHERE id = ?", rye)
    await tablet.uploaded()
    await phone.sync()
    assert phone.get("foods", rye) is None
    assert await tablet.checksum_failures() == 0


async def test_flags_and_lists_survive_sqlite(
    phone: Device, new_powersync_device: NewPowerSyncDevice, connect: Connect
) -> None:
    id = phone.put("exercises", {"name": "Split squat", "unilateral": True})
    await phone.sync()
    tablet = await new_powersync_device("tablet")
    await connect(tablet)
    query = "SELECT unilateral FROM exercises"
    await tablet.until(query, [{"unilateral": 1}])
    await tablet.execute("UPDATE exercises SET unilateral = 0 WHERE id = ?", id)
    assert (await tablet.uploaded())["rejected"] == []
    await phone.sync()
    record = phone.get("exercises", id)
    assert record is not None
    assert record["unilateral"] is False
    await tablet.until(query, [{"unilateral": 0}])


async def test_an_edit_of_one_field_of_a_group_leaves_the_others(
    phone: Device, new_powersync_device: NewPowerSyncDevice, connect: Connect
) -> None:
    set_id = phone.put("workout_sets", new_set(phone.put("workout_sessions", workout()), reps=5))
    phone.patch("workout_sets", set_id, {"weight_kg": 100})
    await phone.sync()
    tablet = await new_powersync_device("tablet")
    await connect(tablet)
    await tablet.until("SELECT reps, weight_kg FROM workout_sets", [{"reps": 5, "weight_kg": 100}])
    await tablet.execute("UPDATE workout_sets SET reps = 6 WHERE id = ?", set_id)
    assert (await tablet.uploaded())["rejected"] == []
    await phone.sync()
    record = phone.get("workout_sets", set_id)
    assert record is not None
    assert (record["reps"], record["weight_kg"], record["kind"]) == (6, 100, "normal")


async def test_an_upload_whose_response_was_lost_is_repeated_as_it_was(
    phone: Device, new_powersync_device: NewPowerSyncDevice, proxy: Proxy, log_in: LogIn
) -> None:
    tablet = await new_powersync_device("tablet")
    proxy.choose = first("/sync/push", ANSWER_LOST)
    await tablet.command("connect", url=proxy.base_url, tokens=await log_in())
    await tablet.execute(
        "INSERT INTO foods (id, name, energy_kcal, protein_g, carbs_g, fat_g) "
        "VALUES (?, 'Rye', 335, 9, 59, 2)", str(uuid.uuid4()),
    )  # fmt: skip
    assert (await tablet.uploaded())["rejected"] == []
    assert sum("/sync/push" in line for line in proxy.lines) == 2
    await phone.sync()
    assert [it["name"] for it in phone.all("foods")] == ["Rye"]


async def test_a_rejected_upload_is_reported_and_undone(
    config: Config, new_device: NewDevice, new_powersync_device: NewPowerSyncDevice, log_in: LogIn
) -> None:
    """The upload makes no version: its write checkpoint alone makes the stream confirm it."""
    # No keep-alive comes while the test waits, so that it cannot stand in for the confirmation.
    async with running(config.changed(stream_keepalive_s=600.0)) as server:
        phone = await new_device("phone", base_url=server.base_url)
        oats = phone.put("foods", food("Oats"))
        await phone.sync()
        tablet = await new_powersync_device("tablet")
        tokens = await log_in(base_url=server.base_url)
        await tablet.command("connect", url=server.base_url, tokens=tokens)
        await tablet.until(NAMES, names("Oats"))
        await tablet.execute("UPDATE foods SET energy_kcal = -5 WHERE id = ?", oats)
        status = await tablet.uploaded()
        assert [change["id"] for change in status["rejected"]] == [oats]
        await tablet.until("SELECT energy_kcal FROM foods", [{"energy_kcal": 370}])


async def test_devices_with_different_histories_agree_on_checksums(
    phone: Device,
    new_powersync_device: NewPowerSyncDevice,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One device sees every edit, one starts late, one comes back after a kill, over many pages."""
    monkeypatch.setattr(session, "PAGE_ROWS", 7)
    ids = [phone.put("foods", food(f"Food {number:02}")) for number in range(30)]
    await phone.sync()
    early = await new_powersync_device("early")
    await connect(early)
    await early.until("SELECT count(*) AS n FROM foods", [{"n": 30}])
    killed = await new_powersync_device("killed")
    await connect(killed)
    await killed.until("SELECT count(*) AS n FROM foods", [{"n": 30}])
    killed.kill()
    for turn in range(3):
        for id in ids[turn::4]:
            phone.patch("foods", id, {"notes": f"turn {turn}"})
        phone.delete("foods", ids.pop())
        await phone.sync()
        await early.until("SELECT count(*) AS n FROM foods", [{"n": len(ids)}])
    expected = [
        {"name": record["name"], "notes": record.get("notes")}
        for record in sorted(phone.all("foods"), key=lambda record: str(record["name"]))
    ]
    late, again = await new_powersync_device("late"), await new_powersync_device("killed")
    for device in (late, again):
        await connect(device)
    for device in (early, late, again):
        await device.until("SELECT name, notes FROM foods ORDER BY name", expected)
    phone.put("foods", food("Last"))
    await phone.sync()
    for device in (early, late, again):
        await device.until("SELECT count(*) AS n FROM foods WHERE name = 'Last'", [{"n": 1}])
        assert await device.checksum_failures() == 0


async def test_a_device_from_before_a_purge_starts_again(
    phone: Device, config: Config, pool: Pool,
    new_powersync_device: NewPowerSyncDevice, connect: Connect,
) -> None:  # fmt: skip
    oats = phone.put("foods", food("Oats"))
    phone.put("foods", food("Rye"))
    await phone.sync()
    tablet = await new_powersync_device("tablet")
    await connect(tablet)
    await tablet.until(NAMES, names("Oats", "Rye"))
    await tablet.command("disconnect")
    phone.delete("foods", oats)
    await phone.sync()
    await cleanup(pool, config, datetime.now(UTC) + timedelta(days=181))
    await connect(tablet)
    await tablet.until(NAMES, names("Rye"))
    phone.put("foods", food("Spelt"))
    await phone.sync()
    await tablet.until(NAMES, names("Rye", "Spelt"))
    assert await tablet.checksum_failures() == 0


async def test_a_restored_database_replaces_the_bucket(
    phone: Device, pool: Pool, new_powersync_device: NewPowerSyncDevice, connect: Connect
) -> None:
    oats = phone.put("foods", food("Oats"))
    phone.put("foods", food("Rye"))
    await phone.sync()
    tablet = await new_powersync_device("tablet")
    await connect(tablet)
    await tablet.until(NAMES, names("Oats", "Rye"))
    await tablet.command("disconnect")
    # A backup from before the first food, and the epoch that follows a restore.
    await pool.execute("DELETE FROM records WHERE id = $1", oats)
    await pool.execute("UPDATE heads SET epoch = epoch + 1")
    await connect(tablet)
    await tablet.until(NAMES, names("Rye"))
    assert await tablet.checksum_failures() == 0


async def test_an_expired_token_is_renewed_and_the_stream_goes_on(
    config: Config, new_device: NewDevice, new_powersync_device: NewPowerSyncDevice, log_in: LogIn
) -> None:
    async with running(config.changed(access_token_lifetime_s=2)) as server:
        phone = await new_device("phone", base_url=server.base_url)
        phone.put("foods", food("Oats"))
        await phone.sync()
        tablet = await new_powersync_device("tablet")
        tokens = await log_in(base_url=server.base_url)
        await tablet.command("connect", url=server.base_url, tokens=tokens)
        await tablet.until(NAMES, names("Oats"))
        refreshes = (await tablet.command("status"))["refreshes"]
        expires_at = jwt.decode(tokens["access_token"], options={"verify_signature": False})["exp"]
        while time.time() < expires_at + 1:
            await asyncio.sleep(0.1)
        phone.put("foods", food("Rye"))
        await phone.sync()
        await tablet.until(NAMES, names("Oats", "Rye"))
        assert (await tablet.command("status"))["refreshes"] > refreshes


async def test_the_sdk_notices_a_wrong_checksum(
    phone: Device, pool: Pool, new_powersync_device: NewPowerSyncDevice, connect: Connect
) -> None:
    """The checks above mean something: a checksum that is off by one is refused, then mended."""
    phone.put("foods", food("Oats"))
    await phone.sync()
    tablet = await new_powersync_device("tablet")
    await connect(tablet)
    await tablet.until(NAMES, names("Oats"))
    await tablet.command("disconnect")
    await pool.execute("UPDATE powersync_checksums SET checksum = checksum + 1")
    await connect(tablet)
    phone.put("foods", food("Rye"))
    await phone.sync()
    await tablet.until(NAMES, names("Oats", "Rye"))
    assert await tablet.checksum_failures() > 0
