"""Records as tables: for spreadsheets, for a dietitian, and back into other accounts."""

import csv
import gzip
import io
import json
from typing import Any

import aiohttp
import pytest

from schema import COLLECTIONS
from tests.api.progress_client import delete, put
from tests.api.test_imports import ImportContext
from tests.imports.files import CRONOMETER, FITNOTES, HEVY, STRONG_A, real
from tests.infrastructure.server import Server
from tests.support.client import Json
from tests.support.documented import response_validators
from tests.support.sample_records import NATURAL, whole

pytestmark = pytest.mark.usefixtures("catalogue")

Table = list[dict[str, str]]


class Exporter(ImportContext):
    """Somebody who takes records out, and brings them in elsewhere."""

    async def download(self, path: str) -> tuple[int, str]:
        """Body of an export as text, of the type that the document names."""
        headers = {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "Accept-Encoding": "gzip",
        }
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{self.api}/exports/{path}", headers=headers) as answer,
        ):
            if answer.status == 200:
                assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
            return answer.status, await answer.text()

    async def bytes_of(self, path: str) -> bytes:
        """Body of an export that is no text."""
        answer = await self.send("GET", f"/exports/{path}")
        assert answer.status == 200, answer.body
        return answer.body

    async def table(self, path: str) -> Table:
        """Lines of a CSV export by heading."""
        status, text = await self.download(path)
        assert status == 200, text
        return list(csv.DictReader(io.StringIO(text, newline="")))


async def registered(server: Server) -> Exporter:
    somebody = Exporter(server)
    await somebody.register()
    return somebody


@pytest.fixture
async def ann(server: Server) -> Exporter:
    return await registered(server)


@pytest.fixture
async def bob(server: Server) -> Exporter:
    return await registered(server)


@pytest.mark.parametrize("name", COLLECTIONS)
async def test_every_collection_is_a_table_and_an_array(ann: Exporter, name: str) -> None:
    sample = whole(name)
    await ann.apply(put(name, **sample))
    stored = {
        id: one["data"]
        for (collection, id), one in (await ann.records()).items()
        if collection == name and not one["deleted"]
    }
    status, text = await ann.download(f"json/{name}")
    assert status == 200
    assert {one["id"]: {k: v for k, v in one.items() if k != "id"} for one in json.loads(text)} == (
        {} if COLLECTIONS[name].parent_day else stored
    )
    table = await ann.table(f"csv/{name}")
    assert [row["id"] for row in table] == ([] if COLLECTIONS[name].parent_day else list(stored))
    for row in table:
        assert list(row) == ["id", *COLLECTIONS[name].fields]


async def test_an_export_without_records_is_empty(ann: Exporter) -> None:
    assert await ann.download("json/foods") == (200, "[]")
    _, text = await ann.download("csv/foods")
    assert text == ",".join(["id", *COLLECTIONS["foods"].fields]) + "\r\n"


async def test_many_records_are_exported_whole_and_by_day(ann: Exporter) -> None:
    await ann.bring(real("fitnotes"), "fitnotes")
    sets = await ann.table("csv/workout_sets")
    assert len(sets) == 2495
    _, text = await ann.download("json/workout_sets")
    assert {one["id"] for one in json.loads(text)} == {row["id"] for row in sets}
    days = [row["date"] for row in await ann.table("csv/workout_sessions")]
    assert days == sorted(days)
    middle = days[60]
    assert [row["date"] for row in await ann.table(f"csv/workout_sessions?to={middle}")] == (
        days[:61]
    )
    part = await ann.table(f"csv/workout_sets?from={middle}&to={middle}")
    assert 0 < len(part) < 100


async def test_what_is_deleted_is_not_exported(ann: Exporter) -> None:
    await ann.bring(FITNOTES, "fitnotes")
    session, *_ = (key for key in await ann.records() if key[0] == "workout_sessions")
    await ann.apply(
        delete({"collection": session[0], "id": session[1]}) | {"clock": 1_800_000_000_000_000}
    )
    left = {row["id"] for row in await ann.table("csv/workout_sessions")}
    assert session[1] not in left
    assert {row["session_id"] for row in await ann.table("csv/workout_sets")} == left


@pytest.mark.parametrize("deleted", ["diet_plans", "meals"])
async def test_meals_of_deleted_plans_are_not_exported(ann: Exporter, deleted: str) -> None:
    schedule = {"days_of_week": [1], "starts_on": "2026-01-05"}
    plan = put("diet_plans", name="Cut", **schedule)
    meal = put("meals", plan_id=plan["id"], name="Lunch", position=0)
    food = put("foods", name="Skyr", energy_kcal=63, protein_g=11, carbs_g=4, fat_g=0.2)
    item = put("meal_items", meal_id=meal["id"], food_id=food["id"], grams=150, position=0)
    await ann.apply(plan, meal, food, item)
    names = ("diet_plans", "meals", "meal_items")
    assert [len(await ann.table(f"csv/{name}")) for name in names] == [1, 1, 1]
    gone = plan if deleted == "diet_plans" else meal
    await ann.apply(delete(gone) | {"clock": gone["clock"] + 1})
    left = [0, 0, 0] if deleted == "diet_plans" else [1, 0, 0]
    assert [len(await ann.table(f"csv/{name}")) for name in names] == left
    assert [len(json.loads((await ann.download(f"json/{name}"))[1])) for name in names] == left


async def test_a_workout_is_a_fit_file_that_comes_back(ann: Exporter, bob: Exporter) -> None:
    await ann.bring(STRONG_A, "strong", weight_unit="kg")
    records = await ann.records()
    session_id = min(
        one["data"]["session_id"]
        for (name, _), one in records.items()
        if name == "workout_sets" and one["data"].get("weight_kg")
    )
    activity = await ann.bytes_of(f"fit/{session_id}")
    _, answer = await bob.bring(activity, None)
    sets = [
        one["data"]
        for (name, _), one in records.items()
        if name == "workout_sets" and one["data"]["session_id"] == session_id
    ]
    assert (answer["format"], answer["made"]["workout_sets"]) == ("fit", len(sets))
    found = [
        it["data"] for (name, _), it in (await bob.records()).items() if name == "workout_sets"
    ]
    compared = ("exercise_name", "reps", "weight_kg")
    assert sorted(str([one.get(name) for name in compared]) for one in found) == sorted(
        str([one.get(name) for name in compared]) for one in sets
    )
    assert b".FIT" in await ann.bytes_of(f"fit/{session_id}?kind=workout")
    assert (await bob.download(f"fit/{session_id}"))[0] == 404
    assert (await ann.download(f"fit/{session_id}?kind=plan"))[0] == 400


async def test_a_cell_that_a_spreadsheet_would_run_is_text(ann: Exporter) -> None:
    formula = '=HYPERLINK("http://127.0.0.1","x")'
    await ann.apply(put("exercises", name=formula), put("exercises", name="Row"))
    names = {row["name"] for row in await ann.table("csv/exercises")}
    assert names == {f"'{formula}", "Row"}


async def test_the_diary_is_a_table_with_the_sum_of_each_day(ann: Exporter) -> None:
    food = put("foods", name="Skyr", energy_kcal=63, protein_g=11, carbs_g=4, fat_g=0.2)
    log = put("food_logs", date="2026-08-07", food_id=food["id"], grams=150, slot="snack")
    await ann.apply(food, log)
    await ann.bring(CRONOMETER, "cronometer")
    table = await ann.table("food-days")
    assert [(row["Date"], row["Meal"], row["Time"], row["Food"]) for row in table] == [
        ("2026-08-06", "Breakfast", "11:05", "Coffee"),
        ("2026-08-06", "Breakfast", "11:05", "Coffee"),
        ("2026-08-06", "Breakfast", "11:05", "Oats, rolled"),
        ("2026-08-06", "", "", "ZZ Chili"),
        ("2026-08-06", "Total", "", ""),
        ("2026-08-07", "Dinner", "19:45", "Water"),
        ("2026-08-07", "Snack", "", "Skyr"),
        ("2026-08-07", "Total", "", ""),
    ]  # fmt: skip
    oats, skyr = table[2], table[6]
    assert (oats["Amount (g)"], oats["Energy (kcal)"], oats["Protein (g)"]) == ("58", "220", "7")
    assert (skyr["Amount (g)"], skyr["Energy (kcal)"], skyr["Fat (g)"]) == ("150", "94.5", "0.3")
    for total in (table[4], table[7]):
        _, day = await ann.call("GET", f"/days/{total['Date']}")
        assert float(total["Energy (kcal)"]) == day["diet"]["actual"]["energy_kcal"]
        assert float(total["Protein (g)"]) == day["diet"]["actual"]["protein_g"]
    assert len(await ann.table("food-days?from=2026-08-07")) == 3


async def test_unknown_nutrients_are_blank_and_counted(ann: Exporter) -> None:
    await ann.apply(put("food_logs", date="2026-08-07", name="Soup", energy_kcal=80))
    soup, total = await ann.table("food-days")
    assert (soup["Energy (kcal)"], soup["Protein (g)"]) == ("80", "")
    assert total["Notes"] == "1 without protein_g, 1 without carbs_g, 1 without fat_g"


def sets_of(records: dict[tuple[str, str], Json]) -> list[str]:
    """Values of the sets with their workout, which are independent of ids."""
    sessions = {
        id: one["data"] for (name, id), one in records.items() if name == "workout_sessions"
    }
    texts = []
    for (name, _), one in records.items():
        if name == "workout_sets":
            data = {k: v for k, v in one["data"].items() if not k.endswith("_id")}
            workout = sessions[one["data"]["session_id"]]
            start = (workout.get("started_at") or "")[: len("2025-07-14T20:44")]
            data |= {"start": start} | {
                f"workout {name}": workout.get(name) for name in ("date", "name", "notes")
            }
            texts.append(json.dumps(data, sort_keys=True))
    return sorted(texts)


@pytest.mark.parametrize("app", ["strong", "hevy"])
@pytest.mark.parametrize("source", ["strong", "hevy"])
async def test_workouts_come_back_into_another_account(
    ann: Exporter, bob: Exporter, app: str, source: str
) -> None:
    await ann.call("PATCH", "/users/me", {"time_zone": "Europe/Berlin"})
    await bob.call("PATCH", "/users/me", {"time_zone": "Europe/Berlin"})
    if source == "strong":
        await ann.bring(STRONG_A, "strong", weight_unit="kg")
    else:
        await ann.bring(HEVY, "hevy")
    _, text = await ann.download(app)
    _, answer = await bob.bring(text, None, weight_unit="kg")
    assert (answer["format"], answer["unreadable"]) == (app, [])
    expected, found = sets_of(await ann.records()), sets_of(await bob.records())
    drop = {"strong": ("superset",), "hevy": ("rest_s",)}[app]
    assert [_without(one, drop) for one in found] == [_without(one, drop) for one in expected]
    _, again = await bob.bring(text, app, weight_unit="kg")
    assert sum(again["made"].values()) == again["corrected"] == 0


def _without(text: str, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in json.loads(text).items() if name not in names}


@pytest.mark.parametrize("app", ["strong", "hevy"])
async def test_three_years_of_workouts_come_back_in_pounds(
    ann: Exporter, bob: Exporter, app: str
) -> None:
    await ann.bring(real("strong-zh"), "strong", weight_unit="lb")
    _, text = await ann.download(f"{app}?weight_unit=lb")
    _, answer = await bob.bring(text, app, weight_unit="lb")
    assert (answer["made"]["workout_sets"], answer["unreadable"]) == (6778, [])

    def weights(records: dict[tuple[str, str], Json]) -> list[tuple[str, float, int]]:
        return sorted(
            (one["exercise_name"], one.get("weight_kg") or 0.0, one.get("reps") or 0)
            for (name, _), found in records.items()
            if name == "workout_sets" and (one := found["data"])
        )

    assert weights(await bob.records()) == weights(await ann.records())


async def test_a_workout_without_a_time_begins_at_noon(ann: Exporter) -> None:
    await ann.bring(FITNOTES, "fitnotes")
    strong = await ann.table("strong")
    assert {row["Date"] for row in strong} == {"2024-12-24 12:00:00", "2024-12-26 12:00:00"}
    hevy = await ann.table("hevy?weight_unit=lb")
    assert hevy[0]["start_time"] == "24 Dec 2024, 12:00"
    assert float(hevy[2]["weight_lbs"]) == 134.99


async def account_of(somebody: Exporter) -> bytes:
    """Export of everything that the server stores of an account."""
    return (await somebody.send("GET", "/users/me/export")).body


def contents(records: dict[tuple[str, str], Json]) -> list[tuple[str, str]]:
    """Data and clocks of live records, which are independent of ids of natural keys."""
    return sorted(
        (name, json.dumps([one["clock"], one["data"]], sort_keys=True))
        for (name, _), one in records.items()
        if not one["deleted"]
    )


async def test_an_account_comes_back_into_another_one(ann: Exporter, bob: Exporter) -> None:
    await ann.apply(*(put(name, **whole(name)) for name in COLLECTIONS))
    await ann.bring(STRONG_A, "strong", weight_unit="kg")
    await ann.bring(CRONOMETER, "cronometer")
    removed = put("exercises", name="Removed")
    await ann.apply(removed)
    await ann.apply(delete(removed) | {"clock": removed["clock"] + 1})
    file = await account_of(ann)
    status, preview = await bob.bring(file, None, dry_run="true")
    assert (status, preview["format"], preview["unreadable"]) == (200, "trackforge", [])
    assert await bob.versions() == {}
    _, first = await bob.bring(file, "trackforge")
    assert first == preview | {"dry_run": False}
    assert contents(await bob.records()) == contents(await ann.records())
    assert sum(first["made"].values()) == len(await bob.records())
    ids = {id for name, id in await bob.records() if name not in NATURAL}
    assert ids <= {id for _, id in await ann.records()}
    versions = await bob.versions()
    _, again = await bob.bring(gzip.compress(file), None)
    assert (sum(again["made"].values()), again["corrected"]) == (0, 0)
    assert await bob.versions() == versions
    for day in ("2026-08-06", "2025-07-14"):
        assert (await bob.call("GET", f"/days/{day}"))[1]["diet"] == (
            await ann.call("GET", f"/days/{day}")
        )[1]["diet"]


async def test_what_was_written_since_an_export_stays(ann: Exporter) -> None:
    edited, removed = put("exercises", name="Row"), put("exercises", name="Removed")
    await ann.apply(edited, removed)
    file = await account_of(ann)
    later = edited["clock"] + 10
    await ann.apply(
        edited | {"op": "patch", "clock": later, "data": {"notes": "by hand"}},
        delete(removed) | {"clock": later},
    )
    versions = await ann.versions()
    _, answer = await ann.bring(file, None)
    assert (sum(answer["made"].values()), answer["corrected"], answer["unchanged"]) == (0, 0, 2)
    assert await ann.versions() == versions


async def test_lines_of_an_export_that_cannot_be_read_are_reported(
    ann: Exporter, bob: Exporter
) -> None:
    await ann.apply(put("exercises", name="Row"))
    lines = (await account_of(ann)).splitlines()
    record = next(line for line in lines if line.startswith(b'{"kind":"record"'))
    broken = [
        b"no json", record.replace(b"exercises", b"machines"), record.replace(b'"Row"', b"5"),
        record.replace(b'"id":"', b'"id":"x'), b"[]",
    ]  # fmt: skip
    _, answer = await bob.bring(b"\n".join([lines[0], *broken, record]), None)
    assert [one["line"] for one in answer["unreadable"]] == [2, 3, 4, 5]
    assert answer["made"]["exercises"] == 1
    newer = lines[0].replace(b'"schema_version":', b'"schema_version":9')
    for header in (newer, b'{"kind":"header"}'):
        status, problem = await bob.bring(b"\n".join([header, record]), None)
        assert (status, problem["code"]) == (422, "invalid_request")
    status, problem = await bob.bring(FITNOTES, "trackforge")
    assert (status, problem["code"]) == (422, "invalid_request")


WRONG: dict[str, int] = {
    "csv/nothing": 404,
    "json/users": 404,
    "csv/foods?from=tomorrow": 400,
    "food-days?from=2026-01-02&to=2026-01-01": 400,
    "strong?weight_unit=stone": 400,
    "hevy?colour=red": 400,
    "json/foods?from=2026-01-02&from=2026-01-02": 400,
}


@pytest.mark.parametrize("path", WRONG)
async def test_a_request_that_cannot_be_answered_is_a_problem(ann: Exporter, path: str) -> None:
    status, text = await ann.download(path)
    assert (status, json.loads(text)["status"]) == (WRONG[path], WRONG[path])


async def test_exports_are_ones_own(ann: Exporter, bob: Exporter) -> None:
    await ann.bring(FITNOTES, "fitnotes")
    assert await bob.table("csv/workout_sets") == await bob.table("strong") == []


async def test_the_document_describes_the_arrays(ann: Exporter) -> None:
    await ann.bring(FITNOTES, "fitnotes")
    status, text = await ann.download("json/workout_sets")
    [validator] = response_validators("GET", "/exports/json/{collection}", status)
    validator.validate(json.loads(text))
