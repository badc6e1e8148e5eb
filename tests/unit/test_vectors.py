"""The conformance vectors are fresh, and both Python cores pass them."""

import itertools
import json
from typing import Any

import pytest

from schema import COLLECTIONS
from sync_server.workouts.next_workout import next_exercise
from sync_server.workouts.program_handlers import REASONS
from tools.vectors import clocks, day_views, files, merges, offers, same_workouts
from tools.vectors.values import unpacked
from trackforge_client import InvalidRecord
from trackforge_client.device.clock import next_clock
from trackforge_client.device.completion import complete_food_log, complete_groups
from trackforge_client.device.contracts import contract_of
from trackforge_client.device.digest import state_digest, version_digest
from trackforge_client.device.ids import natural_id
from trackforge_client.device.merge import nfc_text, overlay
from trackforge_client.device.plates import plate_load
from trackforge_client.device.snapshot import with_snapshot
from trackforge_client.device.units import Units
from trackforge_client.device.validation import validate

ID = "0192f0c4-6f0e-7c4e-9a53-000000000001"


def cases_of(name: str, member: str = "cases") -> list[Any]:
    """Cases of a vector file."""
    document = json.loads((files.FOLDER / name).read_text("utf-8"))
    cases: list[Any] = document[member]
    assert cases
    return cases


@pytest.mark.parametrize("name", list(files.FILES))
def test_the_vectors_are_fresh(name: str) -> None:
    stale = "the Python core gives other results now: `make vectors` writes them"
    assert (files.FOLDER / name).read_text("utf-8") == files.FILES[name](), stale


def test_every_vector_file_has_a_generator() -> None:
    assert {path.name for path in files.FOLDER.glob("*.json")} == set(files.FILES)


def test_merges_are_equal_in_any_order() -> None:
    for case in cases_of("merge.json"):
        for writes in itertools.permutations(case["writes"]):
            assert merges.merged(COLLECTIONS[case["collection"]], writes) == case["record"]


def test_offers_are_merged_by_the_server_and_made_by_the_client() -> None:
    for case in cases_of("offers.json"):
        collection = COLLECTIONS[case["known"]["collection"]]
        known = offers.known_record(case)
        assert json.loads(known.offer()) == case["change"]
        result = offers.offered(collection, case["change"], case["stored"])
        assert result == {"record": case["record"], "status": case["status"]}
        again = {**case["change"], "clocks": case["record"]["clocks"]}
        again["clocks"]["deleted"] = again["clocks"].pop("")
        again |= {"data": case["record"]["data"], "deleted": case["record"]["deleted"]}
        assert offers.offered(collection, case["change"], again)["status"] in ("unchanged", "stale")
        if case["stored"]:
            stored = offers.known_record(case, "stored")
            assert known.has_later_writes_than(stored) == case["has_later"]
            assert case["has_later"] == (case["status"] in ("applied", "merged"))


def test_the_client_completes_patches() -> None:
    for case in cases_of("completion.json", "groups"):
        contract = contract_of(case["collection"])
        assert complete_groups(contract, case["stored"], case["patch"]) == case["completed"]
    for case in cases_of("completion.json", "food_logs"):
        food_id = case["patch"].get("food_id", case["stored"].get("food_id"))
        find_food = {food_id: case["food"]}.get
        completed = complete_food_log(case["stored"], case["patch"], find_food)
        completed = complete_groups(contract_of("food_logs"), case["stored"], completed)
        assert completed == case["completed"]
    for case in cases_of("completion.json", "snapshots"):
        assert with_snapshot(case["log"], case["food"]) == case["completed"]


def test_the_client_stamps_and_corrects_its_clock() -> None:
    for case in cases_of("clocks.json", "stamps"):
        assert next_clock(case["now_us"], case["last_seen"]) == case["stamp"]
    for case in cases_of("clocks.json", "corrections"):
        assert clocks.corrected(case) == case["after"]


def test_the_client_derives_the_servers_ids() -> None:
    for case in cases_of("ids.json", "derived"):
        name = case["collection"]
        id = natural_id(name, contract_of(name), case["user_id"], case["data"])
        assert id == case["id"]


def test_the_client_validates_fields_as_the_server_does() -> None:
    for case in cases_of("validation.json", "fields"):
        collection, value = case["collection"], nfc_text(unpacked(case["value"]))
        contract = contract_of(collection)
        try:
            validate(collection, contract, "patch", ID, {case["field"]: value})
        except InvalidRecord:
            assert not case["valid"], case
        else:
            assert case["valid"], case


def test_the_client_validates_records_as_the_server_does() -> None:
    for case in cases_of("validation.json", "puts"):
        contract = contract_of(case["collection"])
        try:
            validate(case["collection"], contract, "put", ID, case["data"])
        except InvalidRecord as error:
            assert sorted(error.errors) == case["errors"]
        else:
            assert overlay(contract, None, "put", case["data"]).data == case["canonical"]


def test_the_client_computes_digests() -> None:
    for case in cases_of("digests.json", "states"):
        assert state_digest(case["records"]) == case["digest"]
    for case in cases_of("digests.json", "versions"):
        assert version_digest(case["versions"]) == case["digest"]


def test_the_client_converts_units() -> None:
    for case in cases_of("units.json"):
        units = Units(**case["units"])
        assert getattr(units, case["method"])(case["input"]) == case["result"]


def test_the_client_loads_a_barbell() -> None:
    for case in cases_of("plates.json"):
        pairs = None if case["pairs"] is None else dict(case["pairs"])
        load = plate_load(case["target"], case["bar"], case["plates"], pairs)
        assert (list(load.per_side), load.weight) == (case["per_side"], case["weight"])


def test_the_server_computes_next_sets() -> None:
    reasons = set()
    for case in cases_of("progressions.json"):
        shown = next_exercise(case["exercise"], case["history"])
        assert {name: shown[name] for name in case["next"]} == case["next"]
        reasons.add(shown["reason"])
    assert reasons == set(REASONS)


def test_the_server_computes_day_views() -> None:
    for case in cases_of("day_views.json"):
        assert day_views.view_of(case) == case["view"]


def test_the_server_counts_a_workout_of_several_sources_once() -> None:
    for case in cases_of("same_workouts.json"):
        assert same_workouts.same_as(case) == case["same_as"]
    assert any("same_as" in case["view"]["training"] for case in cases_of("day_views.json"))
