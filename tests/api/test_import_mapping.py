"""Mapping of exercise names in an import: chosen, remembered for each user, exported, deleted."""

import json
from typing import Any

import pytest

from schema.ids import catalogue_id
from sync_server.imports.mapping import MAX_NAMES
from sync_server.store.postgres import Pool
from tests.api.progress_client import put
from tests.api.test_imports import ImportContext, of
from tests.imports.files import FITNOTES
from tests.infrastructure.server import Server

pytestmark = pytest.mark.usefixtures("catalogue")

Json = dict[str, Any]
NAME = "Zercher Carry"
LOG = FITNOTES.replace("Pull Up", NAME)
SQUAT = catalogue_id("exercises", "free-exercise-db", "Zercher_Squats")


@pytest.fixture
async def ann(server: Server) -> ImportContext:
    return await _registered(server)


@pytest.fixture
async def bob(server: Server) -> ImportContext:
    return await _registered(server)


async def _registered(server: Server) -> ImportContext:
    person = ImportContext(server)
    await person.register()
    return person


async def brought(person: ImportContext, mapping: Json | None = None, **fields: str) -> Json:
    """Exercises of an import's response, by name."""
    if mapping is not None:
        fields["mapping"] = json.dumps(mapping)
    status, answer = await person.bring(LOG, "fitnotes", **fields)
    assert status == 200, answer
    exercises = answer["exercises"]
    return {one["name"]: one for one in (*exercises["matched"], *exercises["new"])}


async def test_a_preview_suggests_and_writes_nothing(ann: ImportContext) -> None:
    one = (await brought(ann, dry_run="true"))[NAME]
    assert one["suggestions"]
    assert all(0 < each["score"] < 0.85 for each in one["suggestions"])
    assert "Rickshaw Carry" in [each["matched_name"] for each in one["suggestions"]]
    one = (await brought(ann, {NAME: SQUAT}, dry_run="true"))[NAME]
    assert (one["exercise_id"], one["score"], one["chosen"]) == (SQUAT, 1.0, True)
    # A preview remembers nothing.
    assert "matched_name" not in (await brought(ann, dry_run="true"))[NAME]


async def test_a_choice_is_remembered_for_this_user_only(
    ann: ImportContext, bob: ImportContext
) -> None:
    assert (await brought(ann, {f" {NAME.upper()} ": SQUAT}))[NAME]["exercise_id"] == SQUAT
    again = (await brought(ann))[NAME]
    assert (again["exercise_id"], again["chosen"]) == (SQUAT, True)
    assert "matched_name" not in (await brought(bob))[NAME]
    used = {data["exercise_id"] for data in await sets_of(ann, NAME)}
    assert used == {SQUAT}


async def sets_of(person: ImportContext, name: str) -> list[Json]:
    return [
        data for data in of(await person.records(), "workout_sets") if data["exercise_name"] == name
    ]


async def test_a_later_choice_corrects_the_sets(ann: ImportContext) -> None:
    mine = put("exercises", name="My carry", category="strength")
    await ann.apply(mine)
    first = (await brought(ann))[NAME]["exercise_id"]
    assert {data["exercise_id"] for data in await sets_of(ann, NAME)} == {first}
    await brought(ann, {NAME: mine["id"]})
    assert {data["exercise_id"] for data in await sets_of(ann, NAME)} == {mine["id"]}
    # An exercise of its own again.
    assert (await brought(ann, {NAME: None}))[NAME]["exercise_id"] == first
    assert {data["exercise_id"] for data in await sets_of(ann, NAME)} == {first}


@pytest.mark.parametrize(
    "mapping",
    [
        "{",
        "[]",
        '"x"',
        '{"": null}',
        '{"a\\u0000": null}',
        '{"a": 1}',
        '{"a": "b"}',
        '{"a": {"b": 1}}',
        f'{{"a": "{SQUAT.upper()}"}}',
        '{"a": "00000000-0000-7000-8000-000000000000"}',
        json.dumps({"x" * 501: None}),
        json.dumps({str(number): None for number in range(MAX_NAMES + 1)}),
        "[" * 5000,
    ],
)
async def test_a_mapping_that_makes_no_sense_is_refused(ann: ImportContext, mapping: str) -> None:
    status, problem = await ann.bring(LOG, "fitnotes", mapping=mapping)
    assert (status, list(problem["errors"])) == (422, ["mapping"])
    assert await ann.records() == {}


async def test_another_users_exercise_is_refused(ann: ImportContext, bob: ImportContext) -> None:
    hers = put("exercises", name="My carry", category="strength")
    await ann.apply(hers)
    status, problem = await bob.bring(LOG, "fitnotes", mapping=json.dumps({NAME: hers["id"]}))
    assert (status, list(problem["errors"])) == (422, ["mapping"])


async def test_another_mapping_is_another_request(ann: ImportContext) -> None:
    status, _ = await ann.bring(LOG, "fitnotes", key="one", mapping=json.dumps({NAME: SQUAT}))
    assert status == 200
    status, _ = await ann.bring(LOG, "fitnotes", key="one", mapping=json.dumps({NAME: SQUAT}))
    assert status == 200
    status, problem = await ann.bring(LOG, "fitnotes", key="one", mapping=json.dumps({NAME: None}))
    assert (status, problem["code"]) == (422, "idempotency_key_reused")


async def test_choices_are_exported_and_deleted_with_the_account(
    ann: ImportContext, pool: Pool
) -> None:
    await brought(ann, {NAME: SQUAT, "Other": None})
    lines = (await ann.send("GET", "/users/me/export")).body.splitlines()
    exported = [line for line in map(json.loads, lines) if line["kind"] == "exercise_mapping"]
    assert [(line["name"], line["exercise_id"]) for line in exported] == [
        ("other", None),
        ("zercher carry", SQUAT),
    ]
    count = "SELECT count(*) FROM exercise_mappings WHERE user_id = $1::text::uuid"
    assert await pool.fetchval(count, ann.user_id) == 2
    status, _ = await ann.call("DELETE", "/users/me", {"password": ann.password})
    assert status == 204
    assert await pool.fetchval(count, ann.user_id) == 0
