"""Order of the offline search: that of the server, for the kept queries and for personal names."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.search_accuracy import QUERIES
from schema.ids import catalogue_id
from sync_server.catalogue.built_in_names import indexed_name
from sync_server.catalogue.load import rows
from sync_server.catalogue.ranking.name_index import NameIndex
from sync_server.catalogue.ranking.personal_ranking import find_names
from sync_server.catalogue.ranking.steps import result_of
from sync_server.catalogue.words import normalize_words
from tests.client.network import Scripted, ok
from trackforge_client import Device
from trackforge_client.device import catalogue_names
from trackforge_client.device.catalogue import KINDS
from trackforge_client.device.json_types import Json


def entries(kind: str) -> list[dict[str, str]]:
    """The shipped entries as a download has them."""
    names = ("source", "source_id", "name")
    return [
        {name: row[name] for name in names}
        | {"id": catalogue_id(kind, row["source"], row["source_id"])}
        for row in rows(kind)
    ]


@pytest.fixture(scope="module")
def shipped() -> dict[str, list[dict[str, str]]]:
    return {kind: entries(kind) for kind in KINDS}


@pytest.fixture(scope="module")
def stored(
    shipped: dict[str, list[dict[str, str]]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """File of a device that has downloaded the catalogue."""
    network, path = Scripted(), tmp_path_factory.mktemp("catalogue") / "gym.db"
    for kind, all in shipped.items():
        delta = {"version": "1", "since": None, "entries": all, "removed": []}
        network.on(f"/catalogue/{kind}", ok(delta, etag='"e"'))
    device = Device(path, "", http=network)
    asyncio.run(device.refresh_catalogue())
    device.close()
    return path


@pytest.fixture
def phone(stored: Path, tmp_path: Path) -> Iterator[Device]:
    device = Device(shutil.copy(stored, tmp_path / "gym.db"), "", http=Scripted())
    yield device
    device.close()


def test_the_kept_queries_have_the_order_of_the_server(
    phone: Device, shipped: dict[str, list[dict[str, str]]]
) -> None:
    indexes = {
        kind: NameIndex(indexed_name(kind, it["id"], it["source_id"], it["name"]) for it in all)
        for kind, all in shipped.items()
    }
    queries = json.loads(QUERIES.read_text())
    assert len(queries) >= 150
    for kind, text in [(it["kind"], it["query"]) for it in queries] + [("foods", "chiken brest")]:
        words = normalize_words(text).split()
        found = result_of(find_names(NameIndex(), indexes[kind], words, 20)).names
        offline = phone.catalogue.search(kind, text)
        assert [entry["id"] for entry in offline] == [name.id for _, name in found] != [], text


def test_typos_need_the_extra(phone: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_names, "FINDS_TYPOS", False)
    assert phone.catalogue.search("exercises", "bnech") == []
    assert phone.catalogue.search("exercises", "bench") != []


def test_what_is_logged_often_comes_first(phone: Device) -> None:
    def first(kind: catalogue_names.Kind, text: str) -> str:
        return str(phone.catalogue.search(kind, text)[0]["name"])

    assert first("exercises", "squat") == "Barbell Squat"
    (hack,) = phone.catalogue.search("exercises", "barbell hack squat", limit=1)
    session = phone.put("workout_sessions", {"date": "2026-11-23", "name": "Legs"})
    one: dict[str, Json] = {"session_id": session, "exercise_id": hack["id"], "position": 0}
    phone.put("workout_sets", one | {"reps": 5, "weight_kg": 80})
    assert first("exercises", "squat") == hack["name"]
    mine = phone.put("exercises", {"name": "Squat of mine"})
    phone.put("workout_sets", one | {"exercise_id": mine, "reps": 5, "weight_kg": 80})
    earlier = phone.put("workout_sessions", {"date": "2026-11-20", "name": "Legs"})
    phone.put("workout_sets", one | {"session_id": earlier, "exercise_id": mine, "reps": 5})
    assert first("exercises", "squat") == "Squat of mine"
    phone.delete("exercises", mine)
    assert first("exercises", "squat") == hack["name"]
