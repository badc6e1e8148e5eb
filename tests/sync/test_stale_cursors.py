"""Stories: a cursor whose history is gone, and devices that were away for too long."""

import base64
import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from sync_server.backup.epoch import begin_epochs
from sync_server.config.settings import Config
from sync_server.maintenance.retention import cleanup
from sync_server.store.postgres import Pool
from trackforge_client import Device

from .conftest import NewDevice
from .stories import RawClient, agree, food, push_of, session


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


async def test_a_pull_of_other_collections_acknowledges_nothing_of_a_food(
    raw: RawClient, pool: Pool, config: Config
) -> None:
    """An app with a cursor for each collection: it pulled workouts for half a year, no food."""
    phone, tablet = str(uuid.uuid4()), str(uuid.uuid4())
    food_id = str(uuid.uuid4())
    change: dict[str, Any] = {"collection": "foods", "id": food_id, "op": "put"}
    change["clock"] = 1_600_000_000_000_000
    old_put = change | {"data": food("Old")}
    assert (await _push(raw, phone, old_put))["results"][0]["status"] == "applied"
    deletion = change | {"op": "delete", "clock": 1_600_000_000_000_001}
    await _push(raw, tablet, deletion)
    await _forget_tombstones(pool, config, raw.user_id)
    page = await raw.page(collections="workout_sessions", device_id=phone)
    await raw.page(collections="workout_sessions", device_id=phone, cursor=page["cursor"])
    rejection = await _push(raw, phone, old_put)
    assert rejection["code"] == "resync_first"
    assert list(rejection["errors"]["collections"]) == ["foods"]
    workout: dict[str, Any] = {
        "collection": "workout_sessions",
        "id": str(uuid.uuid4()),
        "op": "put",
    }
    workout |= {"clock": 1_600_000_000_000_002, "data": session()}
    assert (await _push(raw, phone, workout))["results"][0]["status"] == "applied"
    await raw.page(collections="foods", device_id=phone)
    assert (await _push(raw, phone, old_put))["results"][0]["status"] == "applied"


async def test_a_device_may_create_records_of_collections_that_it_never_pulls(
    raw: RawClient, pool: Pool, config: Config
) -> None:
    watch = str(uuid.uuid4())
    change: dict[str, Any] = {"collection": "foods", "op": "put", "data": food()}
    gone = change | {"id": str(uuid.uuid4()), "clock": 1_600_000_000_000_000}
    await _push(raw, watch, gone)
    await _push(raw, watch, gone | {"op": "delete", "clock": 1_600_000_000_000_001})
    await _forget_tombstones(pool, config, raw.user_id)
    await raw.page(collections="workout_sessions", device_id=watch)
    now_us = time.time_ns() // 1000
    id = uuid.UUID(int=(now_us // 1000 << 80) | (7 << 76) | (2 << 62) | 1)  # a UUIDv7
    fresh = change | {"id": str(id), "clock": now_us}
    assert (await _push(raw, watch, fresh))["results"][0]["status"] == "applied"


async def test_acknowledgements_of_a_release_with_one_version_still_count(
    raw: RawClient, pool: Pool, config: Config
) -> None:
    phone = str(uuid.uuid4())
    change: dict[str, Any] = {"collection": "foods", "id": str(uuid.uuid4()), "op": "put"}
    change |= {"data": food()}
    change |= {"clock": 1_600_000_000_000_000}
    await _push(raw, phone, change)
    await _push(raw, phone, change | {"op": "delete", "clock": 1_600_000_000_000_001})
    await _forget_tombstones(pool, config, raw.user_id)
    for version, code in ((1, "resync_first"), (2, None)):
        await pool.execute(
            "INSERT INTO devices (user_id, device_id, acked_version, seen_at)"
            " VALUES ($1, $2, $3, now())"
            " ON CONFLICT (user_id, device_id) DO UPDATE SET acked_version = $3",
            raw.user_id,
            phone,
            version,
        )
        assert (await _push(raw, phone, change)).get("code") == code
    await raw.page(collections="workout_sessions", device_id=phone)
    acked = await pool.fetchval("SELECT acked::text FROM devices WHERE user_id = $1", raw.user_id)
    assert json.loads(acked) == {"*": 2, "workout_sessions": 3}


async def test_an_expired_cursor_names_the_reason(
    raw: RawClient, pool: Pool, config: Config
) -> None:
    await raw.push_bytes(push_of("Oats"))
    cursor = (await raw.page())["cursor"]
    assert (await _expired(raw, cursor)) is None
    await pool.execute("UPDATE heads SET purged_version = 2 WHERE user_id = $1", raw.user_id)
    assert (await _expired(raw, cursor)) == ("purged", None)
    await pool.execute(
        "UPDATE heads SET version = 0, purged_version = 0 WHERE user_id = $1", raw.user_id
    )
    assert (await _expired(raw, cursor)) == ("restored", 0)
    assert await begin_epochs(config, [raw.user_id]) == 1
    await raw.push_bytes(push_of("Rye", "Spelt"))
    assert (await _expired(raw, cursor)) == ("restored", 0)


async def _expired(raw: RawClient, cursor: str) -> tuple[str, int | None] | None:
    response = await raw.send("GET", f"/sync/pull?{urlencode({'cursor': cursor})}")
    if response.status == 200:
        return None
    problem = response.json
    assert (response.status, problem["code"]) == (410, "cursor_expired")
    return problem["reason"], problem.get("restored_version")


async def _push(raw: RawClient, device_id: str, change: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps({"device_id": device_id, "changes": [change]}).encode()
    answer: dict[str, Any] = json.loads((await raw.push_bytes(body))[1])
    return answer


async def _forget_tombstones(pool: Pool, config: Config, user_id: str) -> None:
    await pool.execute(
        "UPDATE records SET changed_at = changed_at - interval '200 days' WHERE user_id = $1",
        user_id,
    )
    assert (await cleanup(pool, config, datetime.now(UTC)))["records"] > 0


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
