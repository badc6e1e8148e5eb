"""Imports over HTTP: another app's log becomes records, once, and edits by the user stay."""

import asyncio
import datetime
import gzip
import io
import os
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sync_server.app import create_app
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from tests.api.progress_client import ProgressClient, delete
from tests.imports.files import (
    APPLE_HEALTH,
    CRONOMETER,
    CRONOMETER_DAILY,
    FITNOTES,
    GPX,
    HEVY,
    NEEDS_UNIT,
    SMALL,
    STRONG_A,
    TCX,
    WEIGHTS,
    real,
)
from tests.imports.fit_writer import fit_file, strength_workout
from tests.imports.health_connect_file import database, zipped
from tests.infrastructure.server import Server
from tests.support.client import Json
from tests.support.documented import response_validators

pytestmark = pytest.mark.usefixtures("catalogue")

REAL = {
    "strong-zh": ("strong", "lb", {"workout_sessions": 384, "workout_sets": 6778}),
    "fitnotes": ("fitnotes", None, {"workout_sessions": 124, "workout_sets": 2495}),
    "body-weight": ("body_weight", "kg", {"body_metrics": 62}),
}


class ImportContext(ProgressClient):
    """Somebody who comes from another app."""

    async def bring(self, file: str | bytes, format: str | None, **fields: str) -> tuple[int, Json]:
        """Send a file; what comes back is what the document says."""
        key = fields.pop("key", "")
        content = file.encode() if isinstance(file, str) else file
        named = {"format": format} if format else {}
        form = {"file": content} | {
            name: value.encode() for name, value in (named | fields).items()
        }
        status, answer = await self.send_form(form, {"Idempotency-Key": key} if key else {})
        for validator in response_validators("POST", "/imports", status):
            validator.validate(answer)
        return status, answer

    async def send_form(self, form: dict[str, bytes], headers: dict[str, str]) -> tuple[int, Json]:
        """Send any form."""
        body = b"".join(
            b'--limit\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
            % (name.encode(), value)
            for name, value in form.items()
        )
        media = {"Content-Type": "multipart/form-data; boundary=limit"}
        return await self.raw(body + b"--limit--\r\n", media | headers)

    async def raw(self, body: bytes, headers: dict[str, str]) -> tuple[int, Json]:
        """Send any bytes."""
        bearer = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        async with (
            aiohttp.ClientSession() as http,
            http.post(
                self.api + "/imports", data=io.BytesIO(body), headers=bearer | headers
            ) as answer,
        ):
            return answer.status, await answer.json()

    async def records(self) -> dict[tuple[str, str], Json]:
        """Everything that a new device would pull, deleted ones included."""
        found: dict[tuple[str, str], Json] = {}
        cursor, more = "", True
        while more:
            path = "/sync/pull?limit=5000" + (f"&cursor={cursor}" if cursor else "")
            status, page = await self.call("GET", path)
            assert status == 200
            found |= {(one["collection"], one["id"]): one for one in page["changes"]}
            cursor, more = page["cursor"], page["has_more"]
        return found

    async def versions(self) -> dict[tuple[str, str], int]:
        """The version of every record: whatever is written raises one."""
        return {key: record["version"] for key, record in (await self.records()).items()}


@pytest.fixture
async def ann(server: Server) -> ImportContext:
    return await _registered(server)


async def _registered(server: Server) -> ImportContext:
    somebody = ImportContext(server)
    await somebody.register()
    return somebody


def of(records: dict[tuple[str, str], Json], collection: str) -> list[Json]:
    return [record["data"] for (name, _), record in records.items() if name == collection]


@pytest.mark.parametrize("name", REAL)
async def test_a_real_export_is_imported_whole_and_once(ann: ImportContext, name: str) -> None:
    format, unit, made = REAL[name]
    fields = {"weight_unit": unit} if unit else {}
    status, preview = await ann.bring(real(name), format, dry_run="true", **fields)
    assert status == 200
    assert await ann.versions() == {}
    status, first = await ann.bring(real(name), format, **fields)
    assert (status, first) == (200, preview | {"dry_run": False})
    assert {**first["made"], **made} == first["made"]
    assert (first["unreadable"], first["corrected"], first["unchanged"]) == ([], 0, 0)
    versions = await ann.versions()
    assert len(versions) == sum(first["made"].values())
    status, again = await ann.bring(real(name), format, **fields)
    assert status == 200
    assert sum(again["made"].values()) == again["corrected"] == 0
    # An exercise that the first import made is one's own by now.
    assert again["unchanged"] == len(versions) - first["made"]["exercises"]
    assert await ann.versions() == versions


async def test_a_longer_export_adds_what_is_new(ann: ImportContext) -> None:
    lines = real("fitnotes").splitlines(keepends=True)
    _, first = await ann.bring(b"".join(lines[:1000]), "fitnotes")
    versions = await ann.versions()
    _, longer = await ann.bring(b"".join(lines), "fitnotes")
    assert first["made"]["workout_sets"] + longer["made"]["workout_sets"] == 2495
    assert longer["corrected"] == 0
    after = await ann.versions()
    assert {key: after[key] for key in versions} == versions


async def test_a_day_that_grows_stays_one_workout(ann: ImportContext) -> None:
    """FitNotes has no names for workouts: a day is called by what was trained most on it."""
    lines = real("fitnotes").splitlines(keepends=True)
    totals = {"workout_sessions": 0, "workout_sets": 0}
    for end in (100, 277, 454, len(lines)):
        _, answer = await ann.bring(b"".join(lines[:end]), "fitnotes")
        for name in totals:
            totals[name] += answer["made"].get(name, 0)
    assert totals == {"workout_sessions": 124, "workout_sets": 2495}


@pytest.mark.parametrize("format", SMALL)
async def test_every_format_becomes_ordinary_records(ann: ImportContext, format: str) -> None:
    fields = {"weight_unit": "kg"} if format in NEEDS_UNIT else {}
    status, answer = await ann.bring(SMALL[format], format, **fields)
    assert status == 200
    records = await ann.records()
    assert sum(answer["made"].values()) == len(records) > 0
    for session in of(records, "workout_sessions"):
        status, day = await ann.call("GET", f"/days/{session['date']}")
        assert status == 200
        assert day["training"]["sessions"] >= 1
    for measurements in of(records, "body_metrics"):
        status, day = await ann.call("GET", f"/days/{measurements['date']}")
        assert day["metrics"]["weight_kg"] == measurements["weight_kg"]


async def test_a_diary_is_in_the_day_view_with_its_meals(ann: ImportContext) -> None:
    _, preview = await ann.bring(CRONOMETER, "cronometer", dry_run="true")
    assert (preview["made"]["food_logs"], preview["unreadable"]) == (5, [])
    assert (preview["first_date"], preview["last_date"]) == ("2026-08-06", "2026-08-07")
    assert await ann.versions() == {}
    await ann.bring(CRONOMETER, "cronometer")
    _, day = await ann.call("GET", "/days/2026-08-06/diet")
    assert (day["actual"]["energy_kcal"], day["actual"]["protein_g"]) == (516.3, 28.88)
    names = {log["name"]: log.get("slot") for log in day["entries"]["logs"]}
    assert names == {"Oats, rolled": "breakfast", "Coffee": "breakfast", "ZZ Chili": None}


async def test_a_diary_that_was_corrected_in_the_app_is_corrected(ann: ImportContext) -> None:
    await ann.bring(CRONOMETER, "cronometer")
    _, again = await ann.bring(CRONOMETER.replace("58.00 g,220.0", "60.00 g,227.6"), "cronometer")
    assert (again["made"]["food_logs"], again["corrected"], again["unchanged"]) == (0, 1, 4)
    _, day = await ann.call("GET", "/days/2026-08-06/diet")
    assert day["actual"]["energy_kcal"] == 523.9


async def test_foods_and_totals_of_one_day_are_not_both_imported(ann: ImportContext) -> None:
    await ann.bring(CRONOMETER, "cronometer")
    _, daily = await ann.bring(CRONOMETER_DAILY, "cronometer")
    assert daily["made"]["food_logs"] == 1
    assert [one["line"] for one in daily["unreadable"]] == [2]
    _, day = await ann.call("GET", "/days/2026-08-06/diet")
    assert day["actual"]["energy_kcal"] == 516.3
    _, servings = await ann.bring(CRONOMETER.replace("2026-08-07", "2026-08-08"), "cronometer")
    assert [one["line"] for one in servings["unreadable"]] == [6]


@pytest.mark.parametrize(("name", "made"), [("fit", 2), ("tcx", 2), ("gpx", 1)])
async def test_activities_of_watches_are_workouts(ann: ImportContext, name: str, made: int) -> None:
    await ann.call("PATCH", "/users/me", {"time_zone": "Asia/Tokyo"})
    late = datetime.datetime(2026, 9, 11, 16, 30, tzinfo=datetime.UTC)
    fit = fit_file(*strength_workout(late), ("session", {"start_time": late, "sport": 1}))
    file: bytes = {"fit": fit, "tcx": TCX.encode(), "gpx": gzip.compress(GPX.encode())}[name]
    status, preview = await ann.bring(file, None, dry_run="true")
    assert (status, preview["format"], preview["unreadable"]) == (200, name, [])
    _, first = await ann.bring(file, name)
    assert (first["made"]["workout_sessions"], first["made"]) == (made, preview["made"])
    assert sum((await ann.bring(file, None))[1]["made"].values()) == 0
    if name == "fit":
        sessions = of(await ann.records(), "workout_sessions")
        assert {session["date"] for session in sessions} == {"2026-09-12"}
        assert (preview["first_date"], preview["last_date"]) == ("2026-09-12", "2026-09-12")


async def send_export(
    ann: ImportContext, content: bytes, query: str = "", app: str = "apple-health", **headers: str
) -> tuple[int, Json]:
    """Send a phone's health export as it is."""
    bearer = {"Authorization": f"Bearer {ann.tokens['access_token']}"}
    url = f"{ann.api}/imports/{app}{query}"
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, data=io.BytesIO(content), headers=bearer | headers) as answer,
    ):
        return answer.status, await answer.json()


async def test_an_export_of_apple_health_is_imported_once(ann: ImportContext) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("apple_health_export/export.xml", APPLE_HEALTH)
    status, preview = await send_export(ann, file.getvalue(), "?dry_run=true")
    assert (status, preview["format"], preview["unreadable_count"]) == (200, "apple_health", 2)
    assert await ann.versions() == {}
    status, first = await send_export(ann, APPLE_HEALTH.encode())
    assert first == preview | {"dry_run": False}
    assert first["made"]["workout_sessions"] == 4
    _, day = await ann.call("GET", "/days/2026-03-01")
    assert day["metrics"]["steps"] == 1500
    assert day["metrics"]["weight_kg"] == 92.31
    versions = await ann.versions()
    later = APPLE_HEALTH.replace(
        "</HealthData>",
        ' <Record type="HKQuantityTypeIdentifierStepCount" sourceName="iPhone" unit="count" '
        'startDate="2026-03-01 12:00:00 +0100" endDate="2026-03-01 12:10:00 +0100" value="700"/>\n'
        "</HealthData>",
    )
    _, again = await send_export(ann, APPLE_HEALTH.encode())
    assert (sum(again["made"].values()), again["corrected"]) == (0, 0)
    assert await ann.versions() == versions
    _, grown = await send_export(ann, later.encode())
    assert (sum(grown["made"].values()), grown["corrected"]) == (0, 1)
    _, day = await ann.call("GET", "/days/2026-03-01")
    assert day["metrics"]["steps"] == 2200


async def test_an_export_that_cannot_be_read_is_a_problem(ann: ImportContext) -> None:
    status, problem = await send_export(ann, b"no export")
    assert (status, problem["code"]) == (422, "invalid_request")
    status, problem = await send_export(ann, b"<HealthData>", "?dry_run=maybe")
    assert (status, problem["code"]) == (400, "invalid_parameter")
    status, problem = await send_export(ann, b"x", **{"Content-Encoding": "gzip"})
    assert (status, problem["code"]) == (415, "unsupported_encoding")
    assert await ann.versions() == {}


async def test_an_export_of_health_connect_is_imported_once(ann: ImportContext) -> None:
    await ann.call("PATCH", "/users/me", {"time_zone": "Europe/Berlin"})
    content, before = database(), await ann.versions()
    status, preview = await send_export(ann, zipped(content), "?dry_run=true", "health-connect")
    assert (status, preview["format"], preview["unreadable"]) == (200, "health_connect", [])
    assert await ann.versions() == before
    status, first = await send_export(ann, content, app="health-connect")
    assert first == preview | {"dry_run": False}
    assert (first["made"]["workout_sessions"], first["made"]["body_metrics"]) == (4, 3)
    _, day = await ann.call("GET", "/days/2026-03-01")
    assert (day["metrics"]["weight_kg"], day["metrics"]["steps"]) == (81.23, 1700)
    # Hevy's and the watch's are one workout.
    assert (day["training"]["sessions"], len(day["training"]["same_as"])) == (3, 1)
    versions = await ann.versions()
    _, again = await send_export(ann, zipped(content), app="health-connect")
    assert (sum(again["made"].values()), again["corrected"]) == (0, 0)
    assert await ann.versions() == versions
    status, problem = await send_export(ann, b"no database", app="health-connect")
    assert (status, problem["code"]) == (422, "invalid_request")


async def test_exports_have_bounds(config: Config) -> None:
    limits = config.changed(import_archive_max_bytes=len(APPLE_HEALTH), import_max_rows=3)
    running = Server(create_app(limits))
    await running.start_server(auto_decompress=False)
    ann = await _registered(running)
    status, problem = await send_export(ann, APPLE_HEALTH.encode() + b" ")
    assert (status, problem["code"]) == (413, "body_too_large")
    small = APPLE_HEALTH.replace("’", "'").encode()
    status, problem = await send_export(ann, small)
    assert (status, problem["code"]) == (413, "too_many_rows")
    await running.close()


@pytest.mark.parametrize("format", SMALL)
async def test_a_format_that_is_not_named_is_recognized(ann: ImportContext, format: str) -> None:
    fields = {"weight_unit": "kg"} if format in NEEDS_UNIT else {}
    status, preview = await ann.bring(SMALL[format], None, dry_run="true", **fields)
    assert (status, preview["format"]) == (200, format)
    status, named = await ann.bring(SMALL[format], format, **fields)
    assert named == preview | {"dry_run": False}
    versions = await ann.versions()
    _, again = await ann.bring(SMALL[format], None, **fields)
    assert await ann.versions() == versions
    assert (sum(again["made"].values()), again["corrected"]) == (0, 0)


async def test_what_was_imported_is_in_the_progress(ann: ImportContext) -> None:
    await ann.bring(real("body-weight"), "body_weight", weight_unit="kg")
    status, weight = await ann.call("GET", "/progress/weight")
    assert status == 200
    assert len(weight["points"]) == 62


async def test_names_are_matched_or_become_exercises_of_ones_own(ann: ImportContext) -> None:
    _, answer = await ann.bring(HEVY, "hevy")
    matched = {one["name"]: one for one in answer["exercises"]["matched"]}
    assert matched["Bench Press (Barbell)"]["source"] == "catalogue"
    assert matched["Bench Press (Barbell)"]["sets"] == 3
    new = {one["name"]: one["exercise_id"] for one in answer["exercises"]["new"]}
    records = await ann.records()
    assert {data["name"] for data in of(records, "exercises")} == set(new)
    used = {data["exercise_id"] for data in of(records, "workout_sets")}
    assert used == {one["exercise_id"] for one in matched.values()} | set(new.values())


async def test_an_exercise_of_ones_own_is_preferred(ann: ImportContext) -> None:
    from tests.api.progress_client import put

    mine = put("exercises", name="Zercher carry", category="strength")
    await ann.apply(mine)
    log = FITNOTES.replace("Pull Up", "Zercher Carry")
    _, answer = await ann.bring(log, "fitnotes")
    (found,) = (one for one in answer["exercises"]["matched"] if one["name"] == "Zercher Carry")
    assert (found["exercise_id"], found["source"]) == (mine["id"], "own")


async def test_pounds_become_kilograms(ann: ImportContext) -> None:
    await ann.bring(STRONG_A, "strong", weight_unit="lb")
    weights = {data.get("weight_kg") for data in of(await ann.records(), "workout_sets")}
    assert 20.41 in weights
    status, answer = await ann.bring(STRONG_A, "strong", weight_unit="kg")
    # Two weights, and a distance: whoever lifts in pounds rides in miles.
    assert (status, answer["corrected"]) == (200, 3)
    weights = {data.get("weight_kg") for data in of(await ann.records(), "workout_sets")}
    assert 45.0 in weights
    assert 20.41 not in weights


async def test_what_a_person_has_written_since_stays(ann: ImportContext) -> None:
    await ann.bring(STRONG_A, "strong", weight_unit="kg")
    records = await ann.records()
    edited, removed, *_ = [
        {"collection": name, "id": id} for (name, id) in records if name == "workout_sets"
    ]
    now = records[edited["collection"], edited["id"]]["clock"] + 1
    await ann.apply(
        edited | {"op": "patch", "clock": now, "data": {"notes": "by hand"}},
        delete(removed) | {"clock": now},
    )
    versions = await ann.versions()
    _, again = await ann.bring(STRONG_A, "strong", weight_unit="kg")
    assert sum(again["made"].values()) == again["corrected"] == 0
    assert await ann.versions() == versions
    stored = await ann.records()
    assert stored[edited["collection"], edited["id"]]["data"]["notes"] == "by hand"
    assert (removed["collection"], removed["id"]) not in stored


async def test_a_day_that_was_measured_keeps_what_the_file_does_not_know(
    ann: ImportContext,
) -> None:
    await ann.apply(ann.measure("2026-05-21", waist_cm=84.0))
    _, answer = await ann.bring(WEIGHTS, "body_weight")
    assert answer["made"]["body_metrics"] == 2
    (first,) = [d for d in of(await ann.records(), "body_metrics") if d["date"] == "2026-05-21"]
    assert (first["waist_cm"], first["weight_kg"], first["body_fat_pct"]) == (84.0, 81.4, 18.5)


async def test_lines_that_cannot_be_read_are_reported_by_number(ann: ImportContext) -> None:
    header, *rows = FITNOTES.splitlines()
    rows[1] = "2024-12-24,Pull Up,Back,heavy,kgs,8,,,,"
    rows[3] = "2024-13-26,Plank,Abs,0.0,kgs,0,,,0:01:30,"
    log = "\n".join([header, *rows])
    _, answer = await ann.bring(log, "fitnotes")
    assert [(one["line"], one["text"]) for one in answer["unreadable"]] == [
        (3, rows[1]), (5, rows[3]),
    ]  # fmt: skip
    assert all(one["reason"] for one in answer["unreadable"])
    assert answer["unreadable_count"] == 2
    assert answer["made"]["workout_sets"] == 3


@pytest.mark.parametrize("sign", "=+-@")
async def test_a_cell_that_looks_like_a_formula_is_text(ann: ImportContext, sign: str) -> None:
    formula = f"{sign}HYPERLINK(1)"
    await ann.bring(FITNOTES.replace("slow", formula), "fitnotes")
    notes = {data.get("notes") for data in of(await ann.records(), "workout_sets")}
    assert formula in notes


BROKEN: dict[str, tuple[dict[str, Any], int, str]] = {
    "an unknown format": ({"format": "gym"}, 422, "invalid_request"),
    "an unknown unit": ({"weight_unit": "stone"}, 422, "invalid_request"),
    "neither true nor false": ({"dry_run": "maybe"}, 422, "invalid_request"),
    "another app's file": ({"file": HEVY}, 422, "invalid_request"),
    "no unit where one is needed": ({"weight_unit": None}, 422, "invalid_request"),
    "an empty file": ({"file": ""}, 422, "invalid_request"),
    "no file": ({"file": None}, 422, "invalid_request"),
    "a table of no known app": ({"format": None, "file": "a,b\n1,2\n"}, 422, "invalid_request"),
    "a part that is not known": ({"colour": "red"}, 422, "invalid_request"),
    "bytes that are no text": ({"file": b"\xff\xfe\x00\xd8" * 40}, 422, "invalid_request"),
    "an image": ({"file": b"\x89PNG\r\n\x1a\n" + bytes(range(256))}, 422, "invalid_request"),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_form_that_cannot_be_used_is_refused_whole(ann: ImportContext, what: str) -> None:
    change, status, code = BROKEN[what]
    form: dict[str, Any] = {"file": STRONG_A, "format": "strong", "weight_unit": "kg"} | change
    parts = {
        name: value if isinstance(value, bytes) else value.encode()
        for name, value in form.items()
        if value is not None
    }
    actual, problem = await ann.send_form(parts, {})
    assert (actual, problem["code"]) == (status, code), problem
    assert await ann.versions() == {}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"--limit--\r\n", b"--limit\r\n", b"no form at all",
        b'--limit\r\nContent-Disposition: form-data; name="file"\r\n\r\ncut off',
        b"--limit\r\n\r\n\r\nno name\r\n--limit--\r\n",
        b'--limit\r\nContent-Disposition: form-data; name="file"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\nYQ==\r\n--limit--\r\n",
    ],
)  # fmt: skip
async def test_a_body_that_is_no_form_is_refused(ann: ImportContext, body: bytes) -> None:
    media = {"Content-Type": "multipart/form-data; boundary=limit"}
    status, problem = await ann.raw(body, media)
    assert (status, problem["code"]) == (422, "invalid_request")
    status, problem = await ann.raw(body, {"Content-Type": "multipart/form-data"})
    assert (status, problem["code"]) == (422, "invalid_request")


async def test_nul_in_a_file_is_no_failure(ann: ImportContext) -> None:
    status, answer = await ann.bring(FITNOTES.replace("slow", "s\0low"), "fitnotes")
    assert status in (200, 422)
    if status == 200:
        assert b"\0".decode() not in str(await ann.records())
        assert answer["made"]["workout_sets"] + answer["unreadable_count"] == 5


async def test_files_have_bounds(config: Config) -> None:
    bounds = config.changed(import_max_bytes=2 * len(FITNOTES), import_max_rows=5)
    running = Server(create_app(bounds))
    await running.start_server(auto_decompress=False)
    ann = await _registered(running)
    status, _ = await ann.bring(FITNOTES, "fitnotes")
    assert status == 200
    status, problem = await ann.bring(FITNOTES + "\n" * 8000, "fitnotes")
    assert (status, problem["code"]) == (413, "body_too_large")
    status, problem = await ann.bring(FITNOTES + FITNOTES.splitlines()[-1], "fitnotes")
    assert (status, problem["code"]) == (413, "too_many_rows")
    await running.close()


async def test_a_key_makes_an_import_repeatable_to_the_letter(ann: ImportContext) -> None:
    first = await ann.bring(FITNOTES, "fitnotes", key="one")
    assert await ann.bring(FITNOTES, "fitnotes", key="one") == first
    status, problem = await ann.bring(HEVY, "hevy", key="one")
    assert (status, problem["code"]) == (422, "idempotency_key_reused")
    status, other = await ann.bring(FITNOTES, "fitnotes", key="two")
    assert (status, sum(other["made"].values())) == (200, 0)


async def test_two_imports_at_once_make_one(ann: ImportContext) -> None:
    answers = await asyncio.gather(*(ann.bring(FITNOTES, "fitnotes") for _ in range(2)))
    assert [status for status, _ in answers] == [200, 200]
    made = sum(answer["made"]["workout_sets"] for _, answer in answers)
    records = await ann.records()
    assert len(of(records, "workout_sets")) == 5
    assert made == 5


@pytest.fixture
async def bob(config: Config) -> AsyncIterator[ImportContext]:
    """Somebody whose server writes many small batches."""
    running = Server(create_app(config.changed(push_max_changes=25)))
    await running.start_server(auto_decompress=False)
    yield await _registered(running)
    await running.close()


CUT_OFF = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def test_an_import_that_is_cut_off_is_finished_by_the_next(
    ann: ImportContext, bob: ImportContext, pool: Pool
) -> None:
    """The database breaks off a batch: what is written is right, a repeat adds the rest."""
    await ann.bring(real("fitnotes"), "fitnotes")
    form = {"file": real("fitnotes"), "format": b"fitnotes"}
    import_slots_context = asyncio.create_task(bob.send_form(form, {}))
    count = "SELECT count(*) FROM records WHERE user_id = $1"
    async with asyncio.timeout(60), pool.acquire() as connection:
        while await connection.fetchval(count, bob.user_id) < 100:
            await asyncio.sleep(0.001)
        async with connection.transaction():
            await connection.execute("SELECT FROM heads WHERE user_id = $1 FOR UPDATE", bob.user_id)
            while not await pool.fetch(CUT_OFF):
                await asyncio.sleep(0.001)
    status, problem = await import_slots_context
    assert (status, problem.get("code")) == (503, "database_unavailable")
    halfway = len(await bob.records())
    assert 100 <= halfway < len(await ann.records())
    status, rest = await bob.bring(real("fitnotes"), "fitnotes")
    assert (status, rest["corrected"]) == (200, 0)
    assert _contents(await bob.records()) == _contents(await ann.records())


def _contents(records: dict[tuple[str, str], Json]) -> list[str]:
    """Data of the records without their ids, which differ between users."""
    texts = []
    for (name, _), record in records.items():
        data = {k: v for k, v in record["data"].items() if not k.endswith("_id")}
        texts.append(f"{name} {sorted(data.items())}")
    return sorted(texts)


async def test_an_import_is_ones_own(ann: ImportContext, bob: ImportContext, pool: Pool) -> None:
    await ann.bring(FITNOTES, "fitnotes")
    assert await bob.versions() == {}
    owners = await pool.fetch(
        "SELECT DISTINCT user_id::text FROM records WHERE user_id = ANY($1::uuid[])",
        [ann.user_id, bob.user_id],
    )
    assert [row["user_id"] for row in owners] == [ann.user_id]


def large(rows: int = 60_000) -> bytes:
    """A log of another app that takes many seconds to import."""
    head, *lines = FITNOTES.splitlines()
    return "\n".join([head, *(lines[row % len(lines)] for row in range(rows))]).encode()


async def test_imports_of_one_user_never_wait_for_anothers(
    ann: ImportContext, bob: ImportContext
) -> None:
    slow = asyncio.create_task(ann.bring(large(), "fitnotes", dry_run="true"))
    for _ in range(3):
        status, _ = await bob.bring(FITNOTES, "fitnotes", dry_run="true")
        assert status == 200
    assert not slow.done()
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)


async def test_an_import_ends_when_its_client_leaves(ann: ImportContext) -> None:
    """The user's next import waits for the last one, so it shows that this one has ended."""
    before = children()
    abandoned = asyncio.create_task(ann.bring(large(), "fitnotes", dry_run="true"))
    async with asyncio.timeout(20):
        while children() <= before:
            await asyncio.sleep(0.02)
        abandoned.cancel()
        await asyncio.gather(abandoned, return_exceptions=True)
        while children() > before:
            await asyncio.sleep(0.02)
    assert (await ann.bring(FITNOTES, "fitnotes", dry_run="true"))[0] == 200


async def test_an_import_has_a_time_limit(config: Config) -> None:
    running = Server(create_app(config.changed(import_time_limit_s=0.5)))
    await running.start_server(auto_decompress=False)
    try:
        ann = await _registered(running)
        status, problem = await ann.bring(large(), "fitnotes", dry_run="true")
        assert (status, problem["code"]) == (503, "overloaded")
    finally:
        await running.close()


def children() -> set[str]:
    """Process ids of the fork server's children that still run."""
    return {
        child
        for server in _children_of(str(os.getpid()))
        if b"forkserver" in _content(f"{server}/cmdline")
        for child in _children_of(server)
        if _content(f"{child}/stat").rpartition(b")")[2][1:2] not in (b"", b"Z")
    }


def _children_of(pid: str) -> list[str]:
    tasks = Path(f"/proc/{pid}/task").glob("*")
    return [child for task in tasks for child in _content(f"{task}/children").decode().split()]


def _content(file: str) -> bytes:
    try:
        return (Path("/proc") / file).read_bytes()
    except OSError:
        return b""
