"""Stories: a cursor whose history is gone, and devices that were away for too long."""

import base64
import json
from datetime import UTC, datetime

import pytest

from sync_server.config.settings import Config
from sync_server.maintenance.retention import cleanup
from sync_server.store.postgres import Pool
from trackforge_client import Device

from .conftest import NewDevice
from .stories import agree, food


async def _user_of(pool: Pool, device: Device) -> str:
    email = device.status().email
    return str(await pool.fetchval("SELECT id FROM users WHERE email = $1", email))


async def _half_a_year_passes(pool: Pool, config: Config, device: Device) -> None:
    """Let 200 days pass: every tombstone of the user is purged."""
    user_id = await _user_of(pool, device)
    await pool.execute(
        "UPDATE records SET changed_at = changed_at - interval '200 days' WHERE user_id = $1",
        user_id,
    )
    done = await cleanup(pool, config, datetime.now(UTC))
    assert done["records"] > 0
    assert not await pool.fetchval(
        "SELECT count(*) FROM records WHERE user_id = $1 AND deleted", user_id
    )


async def _away(new_device: NewDevice) -> tuple[Device, Device, str, str]:
    """A phone that has not heard that the tablet deleted a food, and the ids of both foods."""
    phone, tablet = await new_device("phone"), await new_device("tablet")
    live, gone = phone.put("foods", food("Kept")), phone.put("foods", food("Gone"))
    await agree(phone, tablet)
    tablet.delete("foods", gone)
    await agree(tablet)
    return phone, tablet, live, gone


async def test_a_device_away_past_the_purge_rebuilds_and_keeps_its_outbox(
    new_device: NewDevice, pool: Pool, config: Config
) -> None:
    phone, tablet, live, gone = await _away(new_device)
    await _half_a_year_passes(pool, config, phone)
    mine = phone.put("foods", food("Written while away"))
    phone.patch("foods", live, {"notes": "edited while away"})
    await agree(phone, tablet)
    assert phone.get("foods", gone) is None
    assert {str(record["id"]) for record in tablet.all("foods")} == {live, mine}
    seen = tablet.get("foods", live)
    assert seen is not None
    assert seen["notes"] == "edited while away"


async def test_a_pull_from_before_the_purge_drops_what_the_server_forgot(
    new_device: NewDevice, pool: Pool, config: Config
) -> None:
    phone, tablet, live, gone = await _away(new_device)
    await _half_a_year_passes(pool, config, phone)
    assert phone.get("foods", gone) is not None
    await phone.pull()
    assert phone.get("foods", gone) is None
    assert phone.get("foods", live) is not None
    await agree(phone, tablet)


async def test_an_old_phones_edit_does_not_raise_a_purged_record(
    new_device: NewDevice, pool: Pool, config: Config
) -> None:
    phone, tablet, _, gone = await _away(new_device)
    phone.patch("foods", gone, {"notes": "edited while away"})
    await _half_a_year_passes(pool, config, phone)
    await phone.sync()
    await agree(phone, tablet)
    assert tablet.get("foods", gone) is None
    [rejected] = phone.rejected()
    assert (rejected.id, rejected.data) == (gone, {"notes": "edited while away"})


async def test_a_push_of_a_device_that_was_away_too_long_must_resync_first(
    new_device: NewDevice, pool: Pool, config: Config
) -> None:
    phone, _, _, gone = await _away(new_device)
    phone.patch("foods", gone, {"notes": "edited while away"})
    await _half_a_year_passes(pool, config, phone)
    before = await _status_of_a_push(phone)
    assert before == (409, "resync_first")
    await phone.sync()
    assert (await _status_of_a_push(phone))[0] == 200


async def _status_of_a_push(device: Device) -> tuple[int, str]:
    from trackforge_client import RequestRejected

    body = json.dumps({"device_id": device.id, "changes": []}).encode()
    key = f"probe-{base64.urlsafe_b64encode(datetime.now(UTC).isoformat().encode()).decode()}"
    try:
        answer = await device.session.call("POST", "/sync/push", body, key)
    except RequestRejected as rejected:
        return rejected.status, rejected.code
    return answer.status, ""


async def test_a_device_that_kept_up_does_not_notice_the_purge(
    new_device: NewDevice, pool: Pool, config: Config
) -> None:
    phone, tablet, live, _ = await _away(new_device)
    await phone.sync()
    await agree(phone, tablet)
    await _half_a_year_passes(pool, config, phone)
    tablet.patch("foods", live, {"notes": "after the purge"})
    await tablet.push()
    assert await phone.pull() == 1
    await agree(phone, tablet)


async def test_the_purge_of_a_tombstone_spares_what_is_alive(
    new_device: NewDevice, pool: Pool, config: Config
) -> None:
    """The same id in another collection, a record that came back: a careless purge takes both."""
    phone, tablet, live, gone = await _away(new_device)
    await phone.sync()
    phone.put("exercises", {"name": "Same id"}, id=gone)
    back = phone.put("foods", food("Back"))
    phone.delete("foods", back)
    await phone.sync()
    phone.patch("foods", back, {"notes": "back again"})
    await agree(phone, tablet)
    await _half_a_year_passes(pool, config, phone)
    fresh = await new_device("fresh")
    await agree(phone, tablet, fresh)
    assert {str(record["id"]) for record in fresh.all("foods")} == {live, back}
    assert fresh.get("exercises", gone) is not None


async def test_a_new_epoch_makes_every_device_rebuild_and_loses_no_unsent_work(
    new_device: NewDevice, pool: Pool
) -> None:
    phone, tablet = await new_device("phone"), await new_device("tablet")
    phone.put("foods", food("Oats"))
    await agree(phone, tablet)
    await pool.execute(
        "UPDATE heads SET epoch = epoch + 1 WHERE user_id = $1", await _user_of(pool, phone)
    )
    mine = phone.put("foods", food("Unsent"))
    await tablet.pull()
    await agree(phone, tablet)
    assert tablet.get("foods", mine) is not None
    assert len(tablet.all("foods")) == 2


@pytest.mark.parametrize("epoch_is_changed", [True, False])
async def test_devices_follow_a_server_that_was_restored_from_a_backup(
    new_device: NewDevice, pool: Pool, epoch_is_changed: bool
) -> None:
    phone, tablet = await new_device("phone"), await new_device("tablet")
    live = phone.put("foods", food("In the backup"))
    await agree(phone, tablet)
    lost = phone.put("foods", food("After the backup"))
    await agree(phone, tablet)
    user_id = await _user_of(pool, phone)
    backup = await pool.fetchval(
        "SELECT version FROM records WHERE user_id = $1 AND id = $2", user_id, live
    )
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "DELETE FROM records WHERE user_id = $1 AND version > $2", user_id, backup
        )
        await connection.execute(
            "UPDATE heads SET version = $2, epoch = epoch + $3 WHERE user_id = $1",
            user_id,
            backup,
            int(epoch_is_changed),
        )
    unsent = tablet.put("foods", food("Unsent"))
    await phone.pull()
    if not epoch_is_changed:
        # Only as long as the versions are behind its cursor can a device see it by itself.
        await tablet.pull()
    assert phone.get("foods", lost) is None
    await agree(phone, tablet)
    assert {str(record["id"]) for record in phone.all("foods")} == {live, unsent}
