"""Stories: two people whose devices use the very same ids."""

from .conftest import NewDevice
from .stories import DATE, agree, food, session


async def test_the_same_ids_are_different_records(new_device: NewDevice) -> None:
    ada, ben = await new_device("phone", "ada"), await new_device("phone", "ben")
    id = ada.put("foods", food("Ada's"))
    ben.put("foods", food("Ben's"), id=id)
    ben.put("workout_sessions", session("Ben's", id=id))
    await agree(ada)
    await agree(ben)
    ada.delete("foods", id)
    await agree(ada)
    ben.patch("foods", id, {"notes": "mine"})
    await agree(ben)
    assert ada.all("foods") == []
    seen = ben.get("foods", id)
    assert seen is not None
    assert (seen["name"], seen["notes"]) == ("Ben's", "mine")
    assert ada.all("workout_sessions") == []


async def test_the_same_day_of_two_users_is_two_records(new_device: NewDevice) -> None:
    ada, ben = await new_device("phone", "ada"), await new_device("phone", "ben")
    ada.put("body_metrics", {"date": DATE, "weight_kg": 61})
    ben.put("body_metrics", {"date": DATE, "weight_kg": 92})
    await agree(ada)
    await agree(ben)
    assert [metrics["weight_kg"] for metrics in ada.all("body_metrics")] == [61]
    assert [metrics["weight_kg"] for metrics in ben.all("body_metrics")] == [92]


async def test_two_users_devices_in_turn_never_meet(new_device: NewDevice) -> None:
    ada = [await new_device(name, "ada") for name in ("phone", "tablet")]
    ben = [await new_device(name, "ben") for name in ("phone", "tablet")]
    ids = [ada[0].put("foods", food(f"Ada {number}")) for number in range(5)]
    for number, id in enumerate(ids):
        ben[0].put("foods", food(f"Ben {number}"), id=id)
    for device in (*ada, *ben):
        await device.sync()
    ben[1].delete("foods", ids[0])
    ada[1].patch("foods", ids[1], {"notes": "Ada"})
    await agree(*ada)
    await agree(*ben)
    assert len(ada[0].all("foods")) == 5
    assert len(ben[0].all("foods")) == 4
    assert all(str(record["name"]).startswith("Ben") for record in ben[0].all("foods"))
    assert all("notes" not in record for record in ben[0].all("foods"))
