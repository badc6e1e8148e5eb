"""Round trips: each import format and each export of the server, into another account and back."""

import datetime
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import pytest

from schema import COLLECTIONS
from schema.ids import UserId
from sync_server.imports.convert import ARCHIVE_FORMATS
from sync_server.imports.formats.registry import FORMAT_NAMES
from sync_server.routes import API, ROUTES
from tests.api.progress_client import put
from tests.api.test_exports import Exporter, account_of, contents, registered, sets_of
from tests.api.test_imports import send_export
from tests.imports.files import APPLE_HEALTH, CRONOMETER, GPX, NEEDS_UNIT, SMALL, STRONG_A, TCX
from tests.imports.fit_writer import fit_file, strength_workout
from tests.imports.health_connect_file import database
from tests.infrastructure.server import Server
from tests.support.client import Json
from tests.support.sample_records import NATURAL, whole

pytestmark = pytest.mark.usefixtures("catalogue")

FILES: Mapping[str, bytes] = {
    **{name: text.encode() for name, text in SMALL.items()},
    "fit": fit_file(*strength_workout(datetime.datetime(2026, 9, 11, 16, 30, tzinfo=datetime.UTC))),
    "tcx": TCX.encode(),
    "gpx": GPX.encode(),
    "apple_health": APPLE_HEALTH.encode(),
    "health_connect": database(),
}
"""A file of each import format; the one of `trackforge` is the account of all others."""


@pytest.fixture
async def ann(server: Server) -> Exporter:
    return await registered(server)


@pytest.fixture
async def bob(server: Server) -> Exporter:
    return await registered(server)


def test_each_import_format_has_a_file() -> None:
    assert {*FILES, "trackforge"} == {*FORMAT_NAMES, *ARCHIVE_FORMATS}


async def bring(somebody: Exporter, format: str) -> Json:
    """Response to an import of the format's file."""
    if format in ARCHIVE_FORMATS:
        app = format.replace("_", "-")
        status, answer = await send_export(somebody, FILES[format], app=app)
    else:
        fields = {"weight_unit": "kg"} if format in NEEDS_UNIT else {}
        status, answer = await somebody.bring(FILES[format], None, **fields)
    assert (status, answer.get("format")) == (200, format), answer
    return answer


async def day_views(somebody: Exporter) -> dict[str, Json]:
    """Sums of each day that has a record."""
    days = {one["data"].get("date") for one in (await somebody.records()).values()}
    parts = ("diet", "training", "metrics")
    views = {day: (await somebody.call("GET", f"/days/{day}"))[1] for day in sorted(days - {None})}
    return {day: {part: view[part] for part in parts} for day, view in views.items()}


@pytest.mark.parametrize("format", FILES)
async def test_an_import_comes_back_into_another_account(
    ann: Exporter, bob: Exporter, format: str
) -> None:
    """Into the export of the account and out of it: the same records and sums, once."""
    first = await bring(ann, format)
    records = await ann.records()
    assert sum(first["made"].values()) == len(records) > 0
    again = await bring(ann, format)
    assert (sum(again["made"].values()), again["corrected"]) == (0, 0)
    file = await account_of(ann)
    for made in (len(records), 0):
        _, restored = await bob.bring(file, "trackforge")
        assert (sum(restored["made"].values()), restored["corrected"]) == (made, 0)
        assert restored["unreadable"] == []
    assert contents(await bob.records()) == contents(records)
    views = await day_views(ann)
    assert views
    assert await day_views(bob) == views


Case = Callable[[Exporter, Exporter], Awaitable[None]]


async def fill(somebody: Exporter) -> None:
    """Records of every collection but those of workouts, and two imported logs."""
    workouts = ("workout_sessions", "workout_sets")
    names = (name for name in COLLECTIONS if name not in workouts)
    await somebody.apply(*(put(name, **whole(name)) for name in names))
    await somebody.bring(STRONG_A, "strong", weight_unit="kg")
    await somebody.bring(CRONOMETER, "cronometer")


async def tables_come_back(ann: Exporter, bob: Exporter) -> None:
    """CSV of the collections: each line is a record, whose columns are its fields."""
    changes = []
    for name in COLLECTIONS:
        for row in await ann.table(f"csv/{name}"):
            fields = {field: _value(name, field, cell) for field, cell in row.items() if cell}
            changes.append(put(name, _id(bob, name, fields), **fields))
    await bob.apply(*changes)
    for name in COLLECTIONS:
        tables = [await somebody.table(f"csv/{name}") for somebody in (ann, bob)]
        assert _sorted(name, tables[0]) == _sorted(name, tables[1]) != [], name


def _value(collection: str, field: str, cell: str) -> Any:
    """Value of a cell: text as it is, without the apostrophe of a formula; else JSON."""
    if field == "id" or COLLECTIONS[collection].fields[field].json_schema["type"] == "string":
        return cell.removeprefix("'") if cell[1:2] in ("=", "+", "-", "@") else cell
    return json.loads(cell)


def _id(somebody: Exporter, name: str, fields: Json) -> str:
    """Id of a record in somebody's account: its own, or that of the natural key."""
    id = fields.pop("id")
    return COLLECTIONS[name].canonical_id(UserId(somebody.user_id), fields) or str(id)


def _sorted(name: str, rows: Iterable[Json]) -> list[str]:
    """Records in any order; without ids in collections where those follow from the account."""
    left_out = {"id"} if name in NATURAL else set()
    texts = [{k: v for k, v in row.items() if k not in left_out} for row in rows]
    return sorted(json.dumps(one, sort_keys=True) for one in texts)


async def arrays_come_back(ann: Exporter, bob: Exporter) -> None:
    """JSON of the collections: each object is a record with its id."""
    arrays = {name: json.loads((await ann.download(f"json/{name}"))[1]) for name in COLLECTIONS}
    changes = [
        put(name, _id(bob, name, fields := dict(one)), **fields)
        for name, array in arrays.items()
        for one in array
    ]
    await bob.apply(*changes)
    for name, array in arrays.items():
        found = json.loads((await bob.download(f"json/{name}"))[1])
        assert _sorted(name, found) == _sorted(name, array) != [], name


async def the_account_comes_back(ann: Exporter, bob: Exporter) -> None:
    """Everything, with ids and times; an account that is restored again stays as it is."""
    file = await account_of(ann)
    await bob.bring(file, "trackforge")
    assert contents(await bob.records()) == contents(await ann.records())
    assert await day_views(bob) == await day_views(ann)
    versions = await bob.versions()
    await bob.bring(file, "trackforge")
    assert await bob.versions() == versions


async def the_diary_comes_back(ann: Exporter, bob: Exporter) -> None:
    """The dietitian's table of a restored account is the same text; its sums are the days'."""
    await bob.bring(await account_of(ann), "trackforge")
    assert await bob.download("food-days") == await ann.download("food-days")
    totals = [row for row in await ann.table("food-days") if row["Meal"] == "Total"]
    assert totals
    for total in totals:
        _, day = await bob.call("GET", f"/days/{total['Date']}")
        assert float(total["Energy (kcal)"]) == day["diet"]["actual"]["energy_kcal"]


async def strong_comes_back(ann: Exporter, bob: Exporter) -> None:
    """Workouts of Strong's table, without supersets and repetitions in reserve."""
    await _workouts_come_back(ann, bob, "strong", {"superset", "rir"})


async def hevy_comes_back(ann: Exporter, bob: Exporter) -> None:
    """Workouts of Hevy's table, without rests and repetitions in reserve."""
    await _workouts_come_back(ann, bob, "hevy", {"rest_s", "rir"})


async def _workouts_come_back(ann: Exporter, bob: Exporter, app: str, lost: set[str]) -> None:
    _, text = await ann.download(app)
    for made in (True, False):
        _, answer = await bob.bring(text, app, weight_unit="kg")
        assert (sum(answer["made"].values()) > 0, answer["unreadable"]) == (made, [])
        assert answer["corrected"] == 0

    async def values(somebody: Exporter) -> list[Json]:
        sets = map(json.loads, sets_of(await somebody.records()))
        return [{k: v for k, v in one.items() if k not in lost} for one in sets]

    assert await values(bob) == await values(ann) != []


async def a_fit_file_comes_back(ann: Exporter, bob: Exporter) -> None:
    """Each workout as a file, without warm-up marks, effort, supersets and notes."""
    sessions = [id for name, id in await ann.records() if name == "workout_sessions"]
    for id in sessions:
        for made in (True, False):
            _, answer = await bob.bring(await ann.bytes_of(f"fit/{id}"), None)
            assert (answer["format"], sum(answer["made"].values()) > 0) == ("fit", made)
            assert (answer["corrected"], answer["unreadable"]) == (0, [])

    async def values(somebody: Exporter) -> list[str]:
        names = ("date", "workout name", "exercise_name", "reps", "weight_kg")
        sets = (
            {"date": one["workout date"], **one}
            for one in map(json.loads, sets_of(await somebody.records()))
        )
        return sorted(str([one.get(name) for name in names]) for one in sets)

    assert await values(bob) == await values(ann) != []


EXPORTS: Mapping[str, Case] = {
    "/exports/csv/{collection}": tables_come_back,
    "/exports/json/{collection}": arrays_come_back,
    "/exports/food-days": the_diary_comes_back,
    "/exports/fit/{id}": a_fit_file_comes_back,
    "/exports/strong": strong_comes_back,
    "/exports/hevy": hevy_comes_back,
    "/users/me/export": the_account_comes_back,
}


def test_each_export_has_a_case() -> None:
    paths = {re.sub(r":.*}", "}", route.path.removeprefix(API)) for route in ROUTES}
    assert {path for path in paths if "/export" in path} == {*EXPORTS}


@pytest.mark.parametrize("path", EXPORTS)
async def test_an_export_comes_back_into_another_account(
    ann: Exporter, bob: Exporter, path: str
) -> None:
    """With what the guide of exports says is left out (docs/how-to/export.md)."""
    await fill(ann)
    await EXPORTS[path](ann, bob)
