"""Local store of a device, without a network."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.client.network import Scripted
from trackforge_client import ClientError, Device, UnknownCollection, UnknownRecord
from trackforge_client.device.contracts import contract_of
from trackforge_client.device.ids import natural_id
from trackforge_client.device.json_types import Json

NOW = 1_795_399_905_123_000
ID = "0192f0c4-6f0e-7c4e-9a53-00000000000a"


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Device]:
    device = Device(tmp_path / "gym.db", "", http=Scripted(), now_us=lambda: NOW)
    yield device
    device.close()


def test_what_is_written_can_be_read_at_once(phone: Device) -> None:
    id = phone.put("workout_sessions", {"date": "2026-11-23", "name": "Push day", "notes": None})
    assert phone.get("workout_sessions", id) == {"id": id, "date": "2026-11-23", "name": "Push day"}
    assert id[14] == "7"
    assert phone.status().pending == {"workout_sessions": 1}


def test_what_is_written_survives_a_restart(tmp_path: Path) -> None:
    with_id = Device(tmp_path / "gym.db", "", http=Scripted())
    id = with_id.put("exercises", {"name": "Squat"})
    device_id, digest = with_id.id, with_id.digest()
    with_id.close()
    again = Device(tmp_path / "gym.db", "", http=Scripted())
    assert again.get("exercises", id) == {"id": id, "name": "Squat"}
    assert (again.id, again.digest()) == (device_id, digest)
    assert again.status().pending == {"exercises": 1}
    again.close()


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    Device(tmp_path / "gym.db", "", http=Scripted()).close()
    assert (tmp_path / "gym.db").stat().st_mode & 0o077 == 0


def test_a_newer_apps_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "gym.db"
    Device(path, "", http=Scripted()).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 3")
    with pytest.raises(ClientError, match="newer version"):
        Device(path, "", http=Scripted())


def test_ids_are_in_the_order_of_writing() -> None:
    ticks = iter(range(NOW, NOW + 10**9, 1000))
    device = Device(":memory:", "", http=Scripted(), now_us=lambda: next(ticks))
    ids = [device.put("exercises", {"name": str(number)}) for number in range(20)]
    assert ids == sorted(ids)
    assert [one["name"] for one in device.all("exercises")] == [str(n) for n in range(20)]
    device.close()


def test_absent_fields_of_a_put_get_their_defaults(phone: Device) -> None:
    id = phone.put("diet_plans", {"name": "Cut", "days_of_week": [1]})
    found = phone.get("diet_plans", id)
    assert found is not None
    assert found["active"] is True


def test_a_patch_retains_the_rest_of_its_group(phone: Device) -> None:
    whole: dict[str, Json] = {"session_id": ID, "exercise_id": ID, "position": 1}
    id = phone.put("workout_sets", {**whole, "kind": "failure", "reps": 5, "weight_kg": 80})
    phone.patch("workout_sets", id, {"rpe": 8.5})
    phone.patch("workout_sets", id, {"reps": 6})
    assert phone.get("workout_sets", id) == {
        "id": id, **whole, "kind": "failure", "reps": 6, "weight_kg": 80, "rpe": 8.5,
    }  # fmt: skip
    phone.patch("workout_sets", id, {"rpe": None})
    assert "rpe" not in (phone.get("workout_sets", id) or {})


def test_an_update_keeps_the_rest_of_the_group(phone: Device) -> None:
    whole: dict[str, Json] = {"session_id": ID, "exercise_id": ID, "position": 1}
    whole["kind"] = "failure"
    id = phone.put("workout_sets", {**whole, "reps": 5, "weight_kg": 80})
    phone.update("workout_sets", id, reps=6)
    assert phone.get("workout_sets", id) == {"id": id, **whole, "reps": 6, "weight_kg": 80}


def test_a_deleted_record_is_out_of_sight_until_it_is_written_again(phone: Device) -> None:
    id = phone.put("exercises", {"name": "Squat", "notes": "deep"})
    phone.delete("exercises", id)
    assert phone.get("exercises", id) is None
    assert phone.all("exercises") == []
    phone.patch("exercises", id, {"notes": "deeper"})
    assert phone.get("exercises", id) == {"id": id, "name": "Squat", "notes": "deeper"}


def test_records_are_found_by_their_values(phone: Device) -> None:
    monday = phone.put("food_logs", {"date": "2026-11-23", "food_id": ID, "grams": 10})
    phone.put("food_logs", {"date": "2026-11-24", "food_id": ID, "grams": 10, "slot": "lunch"})
    assert [log["id"] for log in phone.all("food_logs", date="2026-11-23")] == [monday]
    assert [log["id"] for log in phone.all("food_logs", slot=None, planned=False)] == [monday]
    assert phone.all("food_logs", food_id="other") == []


def test_invalid_calls_fail_at_once(phone: Device) -> None:
    with pytest.raises(UnknownCollection):
        phone.put("dreams", {"name": "Flying"})
    with pytest.raises(UnknownRecord):
        phone.patch("exercises", "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11", {"name": "Squat"})
    with pytest.raises(UnknownRecord):
        phone.delete("exercises", "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11")
    assert phone.status().pending == {}


def test_several_writes_are_kept_together_or_not_at_all(phone: Device) -> None:
    def write_both() -> None:
        with phone.writing():
            phone.put("exercises", {"name": "Squat"})
            phone.put("dreams", {"name": "Flying"})

    with pytest.raises(UnknownCollection):
        write_both()
    assert phone.all("exercises") == []
    assert phone.status().pending == {}


def test_text_is_composed_as_the_server_keeps_it(phone: Device) -> None:
    id = phone.put("exercises", {"name": "Cafe\u0301", "primary_muscles": ["e\u0301"]})
    found = phone.get("exercises", id)
    assert found == {"id": id, "name": "Caf\u00e9", "primary_muscles": ["\u00e9"]}


def test_a_food_log_remembers_what_the_food_was(phone: Device) -> None:
    macros = {"energy_kcal": 52, "protein_g": 0.3, "carbs_g": 14, "fat_g": 0.2}
    apple = phone.put("foods", {"name": "Apple", **macros})
    log = phone.put("food_logs", {"date": "2026-11-23", "food_id": apple, "grams": 150})
    found = phone.get("food_logs", log)
    assert found is not None
    assert (found["name"], found["energy_kcal"], found["carbs_g"]) == ("Apple", 78, 21)
    phone.update("food_logs", log, grams=200)
    found = phone.get("food_logs", log)
    assert found is not None
    assert (found["energy_kcal"], found["protein_g"]) == (104, 0.6)


def test_natural_ids_are_those_of_the_contract() -> None:
    user = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"
    meal, food = user[:24] + "000000000001", user[:24] + "000000000002"
    date = "2026-11-23"
    planned: dict[str, Json] = {"date": date, "meal_id": meal, "food_id": food, "planned": True}

    def derived(collection: str, data: dict[str, Json]) -> str | None:
        return natural_id(collection, contract_of(collection), user, data)

    assert derived("profile", {}) == "10f81caf-89cc-505d-8ccf-0f81595ea1c2"
    assert derived("body_metrics", {"date": date}) == "8b47ef62-442b-569c-8912-61bab0ad28d5"
    assert derived("food_logs", planned) == "0bfd7c2d-022d-5c27-a10f-6138e38c5b03"
    assert derived("food_logs", {**planned, "planned": False}) is None
    assert derived("exercises", {"name": "Squat"}) is None
