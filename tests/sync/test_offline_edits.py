"""Stories: devices edit the same things without a network, then meet."""

import pytest

from sync_server.store.postgres import Pool
from trackforge_client import Device, Offline

from .conftest import NewDevice
from .stories import DATE, agree, food, new_set, session


async def _phone_and_tablet(new_device: NewDevice) -> tuple[Device, Device]:
    return await new_device("phone"), await new_device("tablet")


async def test_what_was_made_on_one_device_is_seen_on_the_other(new_device: NewDevice) -> None:
    phone, tablet = await _phone_and_tablet(new_device)
    id = phone.put("foods", food())
    assert phone.get("foods", id) is not None
    assert tablet.get("foods", id) is None
    await agree(phone, tablet)
    assert tablet.get("foods", id) == phone.get("foods", id)


async def test_edits_of_different_fields_both_survive(new_device: NewDevice) -> None:
    phone, tablet = await _phone_and_tablet(new_device)
    id = phone.put("foods", food())
    await agree(phone, tablet)
    phone.patch("foods", id, {"brand": "Mill"})
    tablet.patch("foods", id, {"notes": "dry"})
    await agree(tablet, phone)
    seen = phone.get("foods", id)
    assert seen is not None
    assert (seen["brand"], seen["notes"]) == ("Mill", "dry")


@pytest.mark.parametrize("first_to_sync", ["phone", "tablet"])
async def test_the_later_edit_of_one_field_wins_whoever_syncs_first(
    new_device: NewDevice, first_to_sync: str
) -> None:
    phone, tablet = await _phone_and_tablet(new_device)
    id = phone.put("foods", food())
    await agree(phone, tablet)
    phone.patch("foods", id, {"notes": "earlier, on the phone"})
    tablet.patch("foods", id, {"notes": "later, on the tablet"})
    await agree(*sorted((phone, tablet), key=lambda device: device.name != first_to_sync))
    for device in (phone, tablet):
        seen = device.get("foods", id)
        assert seen is not None
        assert seen["notes"] == "later, on the tablet"


async def test_repetitions_never_end_up_beside_another_devices_weight(
    new_device: NewDevice,
) -> None:
    phone, tablet = await _phone_and_tablet(new_device)
    workout = phone.put("workout_sessions", session())
    id = phone.put("workout_sets", new_set(workout, reps=5, weight_kg=100))
    await agree(phone, tablet)
    phone.patch("workout_sets", id, {"reps": 8, "weight_kg": 60})
    tablet.patch("workout_sets", id, {"reps": 3, "weight_kg": 120, "kind": "failure"})
    phone.patch("workout_sets", id, {"notes": "felt easy"})
    await agree(phone, tablet)
    seen = phone.get("workout_sets", id)
    assert seen is not None
    assert (seen["reps"], seen["weight_kg"], seen["kind"]) == (3, 120, "failure")
    assert seen["notes"] == "felt easy"


async def test_an_edit_after_a_deletion_brings_the_record_back(new_device: NewDevice) -> None:
    phone, tablet = await _phone_and_tablet(new_device)
    id = phone.put("foods", food())
    await agree(phone, tablet)
    phone.delete("foods", id)
    tablet.patch("foods", id, {"notes": "still needed"})
    await agree(phone, tablet)
    seen = phone.get("foods", id)
    assert seen is not None
    assert (seen["name"], seen["notes"]) == ("Oats", "still needed")


@pytest.mark.parametrize("first_to_sync", ["phone", "tablet"])
async def test_an_edit_before_a_deletion_does_not_bring_the_record_back(
    new_device: NewDevice, first_to_sync: str
) -> None:
    phone, tablet = await _phone_and_tablet(new_device)
    id = phone.put("foods", food())
    await agree(phone, tablet)
    tablet.patch("foods", id, {"notes": "earlier"})
    phone.delete("foods", id)
    await agree(*sorted((phone, tablet), key=lambda device: device.name != first_to_sync))
    assert phone.get("foods", id) is None
    assert tablet.get("foods", id) is None


async def test_two_devices_that_log_the_same_day_make_one_record(new_device: NewDevice) -> None:
    phone, tablet = await _phone_and_tablet(new_device)
    phone.put("body_metrics", {"date": DATE, "weight_kg": 81.4})
    tablet.put("body_metrics", {"date": DATE, "weight_kg": 81.6})
    await agree(phone, tablet)
    [metrics] = phone.all("body_metrics")
    assert metrics["weight_kg"] == 81.6


async def test_a_record_that_the_server_refuses_does_not_block_the_others(
    new_device: NewDevice, pool: Pool
) -> None:
    phone, tablet = await new_device("phone", validate=False), await new_device("tablet")
    before = phone.put("foods", food("Oats"))
    bad = phone.put("foods", food("Rye", energy_kcal=-5))
    after = phone.put("foods", food("Spelt"))
    await agree(phone, tablet)
    assert {record["id"] for record in tablet.all("foods")} == {before, after}
    [rejected] = phone.rejected()
    assert (rejected.id, rejected.data["name"]) == (bad, "Rye")
    assert phone.status().rejected == 1
    stored = await pool.fetchval(
        "SELECT change FROM rejected_changes WHERE device_id = $1", phone.id
    )
    assert b"Rye" in stored, "nothing that a user typed vanishes"


async def test_a_long_time_offline_is_caught_up_in_batches_and_pages(
    new_device: NewDevice,
) -> None:
    phone = await new_device("phone", push_changes=50, pull_limit=30)
    tablet = await new_device("tablet", pull_limit=7)
    for number in range(120):
        phone.put("foods", food(f"Food {number}"))
        tablet.put("foods", food(f"Other {number}"))
    await agree(phone, tablet)
    assert len(phone.all("foods")) == 240


async def test_without_a_network_everything_still_works_and_waits(new_device: NewDevice) -> None:
    phone = await new_device("phone")
    offline = await new_device("tablet")
    id = offline.put("foods", food())
    offline.patch("foods", id, {"notes": "dry"})
    gone = offline.put("foods", food("Rye"))
    offline.delete("foods", gone)
    assert [record["id"] for record in offline.all("foods")] == [id]
    assert sum(offline.status().pending.values()) > 0
    await agree(offline, phone)
    assert [record["id"] for record in phone.all("foods")] == [id]


async def test_a_device_that_cannot_reach_the_server_says_so_and_keeps_its_work(
    new_device: NewDevice, unused_tcp_port: int
) -> None:
    with pytest.raises(Offline):
        await new_device("phone", base_url=f"http://127.0.0.1:{unused_tcp_port}")


async def test_the_day_looks_the_same_on_both_devices(new_device: NewDevice) -> None:
    phone, tablet = await _phone_and_tablet(new_device)
    workout = phone.put("workout_sessions", session())
    await agree(phone, tablet)
    phone.put("workout_sets", new_set(workout, reps=5, weight_kg=100))
    tablet.put("workout_sets", new_set(workout, reps=5, weight_kg=80))
    await agree(phone, tablet)
    for device in (phone, tablet):
        view = device.day_view(DATE)
        assert isinstance(view, dict)
        training = view["training"]
        assert isinstance(training, dict)
        assert (training["sets"], training["volume_kg"]) == (2, 900)
