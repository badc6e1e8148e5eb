"""Stories: a backup is put back, and devices offer what it lacks."""

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
from sync_server.support.roles import grant
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.support.metrics import metric
from tests.support.rollback import Backup
from trackforge_client import Device

from .stories import PASSWORD, RawClient, food, push_of, register

Json = dict[str, Any]
PHONE, TABLET = str(uuid.uuid4()), str(uuid.uuid4())


def now_us() -> int:
    return time.time_ns() // 1000


def put(name: str = "Oats", id: str | None = None, **fields: object) -> Json:
    data = food(name, **fields)
    id = id or str(uuid.uuid4())
    return {"collection": "foods", "id": id, "op": "put", "clock": now_us(), "data": data}


def patch(id: str, **fields: object) -> Json:
    return {"collection": "foods", "id": id, "op": "patch", "clock": now_us(), "data": fields}


def delete(id: str) -> Json:
    return {"collection": "foods", "id": id, "op": "delete", "clock": now_us()}


def offer(record: Json) -> Json:
    """The offer of a pulled record."""
    return record | {"op": "offer"}


async def push(raw: RawClient, *changes: Json, device: str = PHONE, key: str = "") -> list[Json]:
    """The results of a push."""
    body = {"device_id": device, "changes": changes}
    response = await raw.push(json.dumps(body).encode(), key)
    assert response.status == 200, response
    results: list[Json] = response.json["results"]
    return results


async def statuses(raw: RawClient, *changes: Json, device: str = PHONE) -> list[str]:
    """The statuses of a push's results, or the codes of those that are rejected."""
    results = await push(raw, *changes, device=device)
    return [it["error"]["code"] if it["status"] == "rejected" else it["status"] for it in results]


async def changed(raw: RawClient, cursor: str) -> dict[str, Json]:
    """The records that changed after a cursor by id, tombstones among them."""
    return {record["id"]: record for record in (await raw.page(cursor=cursor))["changes"]}


async def restore(backup: Backup, pool: Pool, config: Config) -> None:
    await backup.restore(pool)
    assert await begin_epochs(config, [backup.user_id]) == 1


@pytest.fixture
async def lost(raw: RawClient, pool: Pool, config: Config) -> dict[str, Json]:
    """By name what was pulled before the restore, of a record each that the backup lacks so:

    an edit of two devices, a new record, a deletion, a deletion of a new record.
    """
    edited, gone = put("Edited"), put("Gone")
    await push(raw, edited, gone)
    backup = await Backup.make(pool, raw.user_id)
    cursor = (await raw.page())["cursor"]
    fresh, short = put("New"), put("Short-lived")
    await push(raw, patch(edited["id"], notes="by the phone"), fresh, short)
    await push(raw, patch(edited["id"], energy_kcal=1), delete(gone["id"]), device=TABLET)
    await push(raw, delete(short["id"]), device=TABLET)
    known = (await raw.page(cursor=cursor))["changes"]
    await restore(backup, pool, config)
    return {record["data"]["name"]: record for record in known}


@pytest.fixture
async def since(raw: RawClient, lost: dict[str, Json]) -> str:
    """The cursor of the restored history, before any offer."""
    assert lost
    return str((await raw.page())["cursor"])


def same(left: Json, right: Json) -> bool:
    """True if two records differ at most in their versions."""
    return left | {"version": 0} == right | {"version": 0}


async def test_what_a_backup_lacks_comes_back_as_it_was(
    raw: RawClient, lost: dict[str, Json], since: str
) -> None:
    offers = [offer(record) for record in lost.values()]
    before = metric("trackforge_offers_total", status="applied")
    assert await statuses(raw, *offers) == ["applied"] * 4
    assert metric("trackforge_offers_total", status="applied") == before + 4
    present = await changed(raw, since)
    for record in lost.values():
        assert same(present[record["id"]], record)
    deleted = {it["id"] for it in lost.values() if it["deleted"]}
    live = {id for id, record in present.items() if not record["deleted"]}
    assert live == {lost["Edited"]["id"], lost["New"]["id"]}
    assert deleted == {lost["Gone"]["id"], lost["Short-lived"]["id"]}


async def test_offers_of_several_devices_in_any_order_and_repeated_change_nothing_more(
    raw: RawClient, lost: dict[str, Json]
) -> None:
    offers = [offer(record) for record in lost.values()]
    assert await statuses(raw, *reversed(offers), device=TABLET) == ["applied"] * 4
    version = (await raw.page())["changes"][-1]["version"]
    for device in (PHONE, TABLET, PHONE):
        assert await statuses(raw, *offers, device=device) == ["unchanged"] * 4
    assert (await raw.page())["changes"][-1]["version"] == version


async def test_newer_edits_win_and_older_registers_return_under_them(
    raw: RawClient, lost: dict[str, Json], since: str
) -> None:
    edited, gone = lost["Edited"], lost["Gone"]
    await push(raw, patch(edited["id"], energy_kcal=2), patch(gone["id"], notes="still eaten"))
    assert await statuses(raw, offer(edited), offer(gone), device=TABLET) == ["merged", "stale"]
    present = await changed(raw, since)
    assert present[edited["id"]]["data"]["notes"] == "by the phone"
    assert present[edited["id"]]["data"]["energy_kcal"] == 2
    assert not present[gone["id"]]["deleted"]


async def test_offers_are_merged_by_their_own_stamps_whatever_the_time_of_sending(
    raw: RawClient, lost: dict[str, Json], since: str
) -> None:
    """A device whose clock is a day off offers what the server had corrected before."""
    body = json.dumps({"device_id": TABLET, "changes": [offer(lost["Edited"])]}).encode()
    headers = {"Idempotency-Key": "late", "Sent-At": str(now_us() - 86_400_000_000)}
    response = await raw.send("POST", "/sync/push", body, **headers)
    assert response.status == 200
    assert same((await changed(raw, since))[lost["Edited"]["id"]], lost["Edited"])


async def test_an_offer_without_clocks_has_the_stamp_of_its_device(
    raw: RawClient, lost: dict[str, Json], since: str
) -> None:
    new = offer(lost["New"])
    del new["device_id"]
    assert await statuses(raw, new, device=PHONE) == ["applied"]
    assert same((await changed(raw, since))[new["id"]], lost["New"])


async def test_a_deletion_that_one_device_knows_wins_over_the_record_of_another(
    raw: RawClient, lost: dict[str, Json], since: str
) -> None:
    short = lost["Short-lived"]
    clocks = {name: stamp for name, stamp in short["clocks"].items() if name != "deleted"}
    alive = short | {"deleted": False, "clock": clocks["name"][0], "device_id": PHONE}
    del alive["clocks"]
    assert await statuses(raw, offer(alive)) == ["applied"]
    assert await statuses(raw, offer(short)) == ["applied"]
    assert await statuses(raw, offer(alive)) == ["stale"]
    assert (await changed(raw, since))[short["id"]]["deleted"]


async def test_offers_need_a_history_that_began_with_a_restore(raw: RawClient) -> None:
    await push(raw, put("Oats"))
    [record] = (await raw.page())["changes"]
    assert await statuses(raw, offer(record)) == ["not_restored"]


async def test_offers_are_taken_for_a_time(
    raw: RawClient, lost: dict[str, Json], pool: Pool, config: Config
) -> None:
    assert await statuses(raw, offer(lost["New"])) == ["applied"]
    late = "UPDATE heads SET restored_at = restored_at - $2::interval WHERE user_id = $1"
    for days, code in ((179, "unchanged"), (2, "offer_expired")):
        await pool.execute(late.replace("$2", f"'{days} days'"), raw.user_id)
        assert await statuses(raw, offer(lost["New"])) == [code]
    async with running(config.changed(offer_days=182)) as patient:
        assert await statuses(raw.at(patient.base_url), offer(lost["New"])) == ["unchanged"]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"data": {"name": ""}}, "invalid_record"),
        ({"data": {}}, "invalid_record"),
        ({"data": {}, "deleted": True}, "stale"),
        ({"data": {"name": "half"}, "deleted": True}, "invalid_record"),
        ({"collection": "nothing"}, "unknown_collection"),
        ({"id": "X"}, "invalid_id"),
        ({"version": "1"}, "invalid_change"),
        ({"version": None}, "invalid_change"),
        ({"extra": 1}, "invalid_change"),
        ({"base_version": 1}, "invalid_change"),
        ({"clocks": {"name": [0, PHONE]}}, "invalid_clock"),
        ({"clocks": {"name": [now_us(), "x"]}}, "invalid_clock"),
        ({"clocks": {"name": [now_us() + 11 * 366 * 86_400_000_000, PHONE]}}, "invalid_clock"),
        ({"clocks": {"name": 5}}, "invalid_change"),
    ],
)
async def test_an_offer_is_validated_as_a_push_is(
    raw: RawClient, lost: dict[str, Json], broken: Json, code: str
) -> None:
    await push(raw, put("Newer", id=lost["New"]["id"]))
    result = await statuses(raw, offer(lost["New"]) | broken, offer(lost["Edited"]))
    assert result == [code, "applied"]


async def test_the_id_of_an_offer_is_that_of_its_natural_key(
    raw: RawClient, pool: Pool, config: Config
) -> None:
    await restore(await Backup.make(pool, raw.user_id), pool, config)
    clock = now_us()
    stray = {"collection": "body_metrics", "id": str(uuid.uuid4()), "op": "offer", "version": 99}
    stray |= {"clock": clock, "device_id": PHONE, "data": {"date": "2026-11-23", "weight_kg": 80}}
    assert await statuses(raw, stray) == ["natural_key_change"]


async def test_an_edit_of_a_former_id_reaches_the_record_that_moved_since(
    raw: RawClient, pool: Pool, config: Config
) -> None:
    weighing = {"collection": "body_metrics", "id": str(uuid.uuid4()), "op": "put"}
    first = weighing | {"clock": now_us(), "data": {"date": "2026-11-23", "weight_kg": 80}}
    [result] = await push(raw, first)
    backup = await Backup.make(pool, raw.user_id)
    note = weighing | {"op": "patch", "clock": now_us(), "data": {"notes": "after lunch"}}
    await push(raw, note)
    [known] = (await raw.page())["changes"]
    await restore(backup, pool, config)
    moved = weighing | {"clock": now_us(), "data": {"date": "2026-11-24", "weight_kg": 80}}
    await push(raw, moved, device=TABLET)
    assert await statuses(raw, offer(known)) == ["merged"]
    [live] = (await raw.page())["changes"]
    assert live["id"] != result["canonical_id"]
    assert live["data"]["date"] == "2026-11-24"


async def test_purged_records_do_not_rise_again(raw: RawClient, pool: Pool, config: Config) -> None:
    gone = put("Gone")
    await push(raw, gone)
    [known] = (await raw.page())["changes"]
    await push(raw, delete(gone["id"]))
    await _purge(raw, pool, config)
    await restore(await Backup.make(pool, raw.user_id), pool, config)
    assert await statuses(raw, offer(known)) == ["purged_record"]
    assert not await raw.names()


async def test_what_was_purged_after_the_restore_does_not_rise_again(
    raw: RawClient, lost: dict[str, Json], pool: Pool, config: Config
) -> None:
    assert await statuses(raw, offer(lost["New"])) == ["applied"]
    await push(raw, delete(lost["New"]["id"]))
    await _purge(raw, pool, config)
    assert await statuses(raw, offer(lost["New"]), offer(lost["Edited"])) == [
        "purged_record",
        "applied",
    ]


async def _purge(raw: RawClient, pool: Pool, config: Config) -> None:
    await pool.execute(
        "UPDATE records SET changed_at = changed_at - interval '200 days' WHERE user_id = $1",
        raw.user_id,
    )
    assert (await cleanup(pool, config, datetime.now(UTC)))["records"] > 0


async def test_a_device_whose_acknowledgement_is_older_than_a_purge_may_still_offer(
    raw: RawClient, lost: dict[str, Json], pool: Pool
) -> None:
    await raw.page(device_id=PHONE)
    await pool.execute(
        "UPDATE devices SET acked_version = 0, acked = NULL WHERE user_id = $1", raw.user_id
    )
    await pool.execute("UPDATE heads SET purged_version = 1 WHERE user_id = $1", raw.user_id)
    response = await raw.push(json.dumps({"device_id": PHONE, "changes": [put()]}).encode(), "a")
    assert response.json["code"] == "resync_first"
    assert await statuses(raw, offer(lost["New"])) == ["applied"]


async def test_neither_an_ended_session_nor_a_deleted_account_can_offer(
    raw: RawClient, lost: dict[str, Json]
) -> None:
    body = json.dumps({"device_id": PHONE, "changes": [offer(lost["New"])]}).encode()
    other = RawClient(raw.base_url)
    other.email = raw.email
    await other.login()
    assert (await other.send("POST", "/auth/logout", b"{}")).status == 204
    assert (await other.push(body, "a")).code == "unauthorized"
    account = json.dumps({"password": PASSWORD}).encode()
    assert (await raw.send("DELETE", "/users/me", account)).status == 204
    assert (await raw.push(body, "b")).code == "account_deleted"


async def test_offers_count_towards_the_quota(
    raw: RawClient, lost: dict[str, Json], config: Config
) -> None:
    async with running(config.changed(quota_records=2)) as small:
        user = raw.at(small.base_url)
        body = json.dumps({"device_id": PHONE, "changes": [offer(lost["New"])]}).encode()
        assert (await user.push(body, "full")).code == "quota_exceeded"
        assert await statuses(user, offer(lost["Gone"])) == ["applied"]
        assert (await user.push(body, "full")).status == 200


async def test_support_sees_how_much_devices_brought_back(
    raw: RawClient, lost: dict[str, Json], pool: Pool, config: Config
) -> None:
    helper = await register(raw.base_url)
    await grant(pool, config, helper.email, "support", datetime.now(UTC))
    helper.tokens = {}
    await helper.login()
    offers = [offer(record) for record in lost.values()]
    await push(raw, *offers)
    await push(raw, offer(lost["New"]), offer(lost["New"]) | {"data": {}}, device=TABLET)
    _, health = await helper.call("GET", f"/support/users/{raw.user_id}/sync")
    assert (health["offers"]["count"], health["offers"]["changed"]) == (5, 4)
    assert health["restored_version"] == 2
    assert health["restored_at"] <= health["offers"]["last_at"]


async def test_after_two_restores_the_oldest_backup_since_the_cursor_counts(
    raw: RawClient, pool: Pool, config: Config
) -> None:
    await raw.push_bytes(push_of("Oats"))
    old = await Backup.make(pool, raw.user_id)
    await raw.push_bytes(push_of("Rye", "Spelt"))
    first = (await raw.page())["cursor"]
    await restore(old, pool, config)
    await raw.push_bytes(push_of("Wheat", "Maize", "Millet", "Teff"))
    second = (await raw.page())["cursor"]
    await restore(await Backup.make(pool, raw.user_id), pool, config)
    left = []
    for cursor in (first, second):
        problem = (await raw.send("GET", f"/sync/pull?{urlencode({'cursor': cursor})}")).json
        left.append((problem["reason"], problem["restored_version"]))
    assert left == [("restored", 1), ("restored", 5)]


@pytest.mark.parametrize("epoch_begins", [True, False])
async def test_a_cached_response_of_a_lost_write_is_never_replayed(
    raw: RawClient, pool: Pool, config: Config, epoch_begins: bool
) -> None:
    """Valkey still has the response; PostgreSQL does not know the push."""
    await raw.push_bytes(push_of("Oats"))
    backup = await Backup.make(pool, raw.user_id)
    body, key = push_of("Lost"), str(uuid.uuid4())
    first = await raw.push_bytes(body, key)
    assert await raw.push_bytes(body, key) == (*first[:2], True)
    await backup.restore(pool)
    if epoch_begins:
        await begin_epochs(config, [raw.user_id])
    else:
        # By now the head is past the version of the lost push.
        await raw.push_bytes(push_of("Rye", "Spelt"))
    status, _, replayed = await raw.push_bytes(body, key)
    assert (status, replayed) == (200, False)
    assert "Lost" in await raw.names()
    assert (await raw.push_bytes(body, key))[2]


def weight(day: str, **fields: object) -> Json:
    """A weighing under an id that is not its canonical one."""
    data = {"date": day, "weight_kg": 80} | fields
    id = str(uuid.uuid4())
    return {"collection": "body_metrics", "id": id, "op": "put", "clock": now_us(), "data": data}


async def test_an_alias_that_the_backup_lacks_is_there_again_with_the_next_put(
    raw: RawClient, pool: Pool, config: Config
) -> None:
    backup = await Backup.make(pool, raw.user_id)
    sent = weight("2026-11-23")
    (result,) = await push(raw, sent)
    known = (await raw.page())["changes"]
    await restore(backup, pool, config)
    since = str((await raw.page())["cursor"])
    assert await statuses(raw, *map(offer, known)) == ["applied"]
    again = sent | {"clock": now_us(), "data": sent["data"] | {"weight_kg": 81}}
    (renewed,) = await push(raw, again)
    assert renewed["canonical_id"] == result["canonical_id"]
    change = {"collection": "body_metrics", "id": sent["id"], "op": "patch", "clock": now_us(),
              "data": {"notes": "by its first id"}}  # fmt: skip
    (patched,) = await push(raw, change)
    assert patched["canonical_id"] == result["canonical_id"]
    (record,) = (await changed(raw, since)).values()
    assert record["id"] == result["canonical_id"]
    assert (record["data"]["weight_kg"], record["data"]["notes"]) == (81, "by its first id")


async def test_a_device_goes_on_with_a_former_id_that_the_backup_lacks(
    server: Server, raw: RawClient, pool: Pool, config: Config
) -> None:
    async with Device(":memory:", server.base_url, name="phone") as phone:
        await phone.login(raw.email, raw.password)
        await phone.sync()
        backup = await Backup.make(pool, raw.user_id)
        sent = str(uuid.uuid4())
        phone.put("body_metrics", {"date": "2026-11-23", "weight_kg": 80}, id=sent)
        await phone.sync()
        await restore(backup, pool, config)
        phone.patch("body_metrics", sent, {"notes": "by its first id"})
        await phone.sync()
        assert phone.rejected() == []
        (record,) = phone.all("body_metrics")
        assert (record["weight_kg"], record["notes"]) == (80, "by its first id")
        assert (await phone.check()).same
