"""The built-in catalogue on a device: downloaded once, refreshed by deltas, searched offline."""

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sync_server.catalogue.load import rows
from sync_server.catalogue.words import normalize_words as plain_on_the_server
from tests.client.network import Scripted, ok
from tests.infrastructure.server import Server
from trackforge_client import Device, RequestRejected, Unavailable
from trackforge_client.device.json_types import Json
from trackforge_client.device.normalize import normalized

EGG = {"id": str(uuid.uuid4()), "name": "Egg, whole, raw", "source": "usda", "energy_kcal": 143.0}
OAT = {"id": str(uuid.uuid4()), "name": "Oats", "source": "usda", "energy_kcal": 389.0}
SQUAT = {"id": str(uuid.uuid4()), "name": "Barbell Squat", "source": "db"}
NUTRIENTS: dict[str, Json] = {"energy_kcal": 1, "protein_g": 1, "carbs_g": 1, "fat_g": 1}
ETAG = '"e-zstd"'


def delta(
    version: str, since: str | None, *entries: object, removed: tuple[str, ...] = ()
) -> object:
    return {"version": version, "since": since, "entries": entries, "removed": removed}


@pytest.fixture
def network() -> Scripted:
    scripted = Scripted()
    scripted.on("/catalogue/foods", ok(delta("1-a", None, EGG, OAT), etag=ETAG))
    scripted.on("/catalogue/exercises", ok(delta("1-b", None, SQUAT), etag=ETAG))
    return scripted


@pytest.fixture
def phone(network: Scripted, tmp_path: Path) -> Iterator[Device]:
    device = Device(tmp_path / "gym.db", "", http=network)
    yield device
    device.close()


def names(device: Device, query: str) -> list[object]:
    return [entry["name"] for entry in device.catalogue.search("foods", query)]


async def test_the_copy_is_searched_without_a_network(phone: Device) -> None:
    assert names(phone, "egg") == []
    assert await phone.refresh_catalogue() == 3
    for query in ("egg", "EGGS", "ra egg", "whole, égg"):
        assert names(phone, query) == ["Egg, whole, raw"], query
    assert names(phone, "%") == names(phone, "_") == names(phone, "") == []
    assert phone.catalogue.get("exercises", str(SQUAT["id"])) == SQUAT


async def test_ones_own_come_first(phone: Device) -> None:
    await phone.refresh_catalogue()
    mine = phone.put("foods", {"name": "Oats of mine", "brand": "Farm", **NUTRIENTS})
    gone = phone.put("foods", {"name": "Oats no more", **NUTRIENTS})
    phone.delete("foods", gone)
    found = phone.catalogue.search("foods", "oat")
    assert [(entry["id"], entry["source"]) for entry in found] == [
        (mine, "own"),
        (OAT["id"], "usda"),
    ]
    assert names(phone, "farm oats") == ["Oats of mine"]
    assert len(phone.catalogue.search("foods", "oat", limit=1)) == 1


async def test_a_refresh_takes_what_changed_and_then_nothing(
    phone: Device, network: Scripted
) -> None:
    await phone.refresh_catalogue()
    egg = EGG | {"energy_kcal": 144.0}
    network.on(
        "/catalogue/foods", ok(delta("2-c", "1-a", egg, removed=(str(OAT["id"]),)), etag='"f"')
    )
    network.on("/catalogue/exercises", ok(delta("1-b", "1-b"), etag='"g"'))
    assert await phone.refresh_catalogue() == 2
    assert phone.catalogue.get("foods", str(EGG["id"])) == egg
    assert phone.catalogue.get("foods", str(OAT["id"])) is None
    assert phone.catalogue.version("foods") == "2-c"
    network.on("/catalogue/foods", ok(delta("2-c", "2-c"), etag='"h"'))
    network.on("/catalogue/exercises", ok({}, 304))
    assert await phone.refresh_catalogue() == 0
    requests = network.sent("/catalogue/")
    assert [request.path.partition("?")[2] for request in requests] == [
        "", "", "since=1-a", "since=1-b", "since=2-c", "since=1-b",
    ]  # fmt: skip
    assert [request.headers.get("if-none-match") for request in requests] == [None] * 5 + ['"g"']


async def test_another_database_replaces_everything(phone: Device, network: Scripted) -> None:
    await phone.refresh_catalogue()
    network.on("/catalogue/foods", ok(delta("1-z", None, OAT)))
    network.on("/catalogue/exercises", ok({}, 304))
    await phone.refresh_catalogue()
    assert phone.catalogue.get("foods", str(EGG["id"])) is None
    assert names(phone, "oats") == ["Oats"]


async def test_what_is_no_catalogue_changes_nothing(phone: Device, network: Scripted) -> None:
    await phone.refresh_catalogue()
    for strange in (ok({"entries": {}}), ok(delta("3", None, {"id": 7})), ok([])):
        network.on("/catalogue/foods", strange)
        with pytest.raises(Unavailable):
            await phone.refresh_catalogue()
    assert names(phone, "egg") == ["Egg, whole, raw"]
    assert phone.catalogue.version("foods") == "1-a"


async def test_a_log_of_a_built_in_food_gets_its_snapshot(phone: Device) -> None:
    await phone.refresh_catalogue()
    id = phone.put("food_logs", {"date": "2026-11-23", "food_id": str(EGG["id"]), "grams": 50})
    log = phone.get("food_logs", id)
    assert log is not None
    assert (log["name"], log["energy_kcal"]) == ("Egg, whole, raw", 71.5)


def test_words_are_the_servers() -> None:
    for row in (*rows("foods"), *rows("exercises")):
        assert normalized(row["name"]) == plain_on_the_server(row["name"])


@pytest.fixture
async def signed_in(server: Server) -> AsyncIterator[Device]:
    async with Device(":memory:", server.base_url) as device:
        await device.register(f"{uuid.uuid4()}@example.com", "correct horse battery")
        yield device


@pytest.mark.usefixtures("catalogue")
async def test_a_device_finds_online_and_offline(signed_in: Device) -> None:
    device = signed_in
    mine: dict[str, Json] = {"name": "Chicken of mine", "barcode": "4006381333931", **NUTRIENTS}
    device.put("foods", mine)
    await device.sync()
    assert (await device.search_foods("chiken"))[0]["name"] == "Chicken of mine"
    (hit,) = await device.search_foods(barcode="4006381333931")
    assert hit["source"] == "own"
    with pytest.raises(RequestRejected):
        await device.search_foods(barcode="123")
    hits = await device.search_exercises("press", muscle="chest", limit=3)
    assert len(hits) == 3
    assert await device.refresh_catalogue() == 8789 + 873
    assert await device.refresh_catalogue() == 0
    assert await device.refresh_catalogue() == 0
    offline = device.catalogue.search("foods", "butter, salted")
    online = await device.search_foods("butter, salted")
    assert offline[0]["id"] == online[0]["id"]
    assert device.catalogue.search("foods", "chick")[0]["name"] == "Chicken of mine"
