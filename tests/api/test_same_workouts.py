"""One workout from a watch, an app and by hand: all stay, one counts, in every view."""

import datetime
import itertools
from typing import Any

import pytest

from tests.api.progress_client import put
from tests.api.test_imports import ImportContext
from tests.imports.files import STRONG_A
from tests.imports.fit_writer import fit_file, strength_workout
from tests.infrastructure.server import Server

pytestmark = pytest.mark.usefixtures("catalogue")

DAY = "2025-07-14"
START = datetime.datetime(2025, 7, 14, 18, 50, tzinfo=datetime.UTC)
BY_HAND = {
    "date": DAY,
    "name": "Gym",
    "started_at": "2025-07-14T20:45:00+02:00",
    "ended_at": "2025-07-14T22:00:00+02:00",
}


async def registered(server: Server) -> ImportContext:
    somebody = ImportContext(server)
    await somebody.register()
    await somebody.call("PATCH", "/users/me", {"time_zone": "Europe/Berlin"})
    return somebody


async def watch(somebody: ImportContext) -> Any:
    return (await somebody.bring(fit_file(*strength_workout(START)), None))[1]


async def strong(somebody: ImportContext) -> Any:
    return (await somebody.bring(STRONG_A, "strong", weight_unit="kg"))[1]


async def views(somebody: ImportContext) -> tuple[Any, Any, Any]:
    """Counted part of the day: its view, the sessions of the list by source, the volume."""
    _, day = await somebody.call("GET", f"/days/{DAY}")
    _, page = await somebody.call("GET", f"/workout-sessions?from={DAY}&to={DAY}")
    query = f"from={DAY}&to={DAY}"
    _, volume = await somebody.call("GET", f"/progress/training-volume?{query}")
    training = {name: value for name, value in day["training"].items() if name != "same_as"}
    marks = {
        one.get("source", "hand"): (one.get("counted", True), "same_as" in one)
        for one in page["items"]
    }
    total = {name: volume["total"][name] for name in ("sessions", "sets", "volume_kg")}
    return training, marks, total


async def test_all_are_stored_and_one_counts(server: Server) -> None:
    ann = await registered(server)
    await strong(ann)
    alone = await views(ann)
    made = await watch(ann)
    assert made["made"]["workout_sessions"] == 1
    assert made["unreadable"] == []
    training, marks, total = await views(ann)
    assert (training, total) == (alone[0], alone[2])
    assert marks == {"strong": (True, False), "fit": (False, True)}
    again = await watch(ann)
    assert (sum(again["made"].values()), again["corrected"]) == (0, 0)
    _, page = await ann.call("GET", f"/workout-sessions?from={DAY}&to={DAY}")
    by_source = {one["source"]: one for one in page["items"]}
    _, single = await ann.call("GET", f"/workout-sessions/{by_source['fit']['id']}")
    assert (single["counted"], single["same_as"]) == (False, by_source["strong"]["id"])
    _, day = await ann.call("GET", f"/days/{DAY}")
    assert day["training"]["same_as"] == {single["id"]: by_source["strong"]["id"]}


async def test_the_order_of_arrival_does_not_matter(server: Server) -> None:
    outcomes = []
    for order in itertools.permutations((watch, strong, None)):
        somebody = await registered(server)
        for bring in order:
            if bring is None:
                await somebody.apply(put("workout_sessions", **BY_HAND))
            else:
                await bring(somebody)
        outcomes.append(await views(somebody))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert outcomes[0][0]["sessions"] == 1
    assert outcomes[0][1]["hand"] == (True, False)


async def test_the_user_chooses_which_source_counts(server: Server) -> None:
    ann = await registered(server)
    await strong(ann)
    await watch(ann)
    _, me = await ann.call("PATCH", "/users/me", {"source_priority": {"workouts": ["watch"]}})
    assert me["source_priority"] == {"workouts": ["watch"]}
    _, marks, _ = await views(ann)
    assert marks == {"strong": (False, True), "fit": (True, False)}
    status, problem = await ann.call("PATCH", "/users/me", {"source_priority": {"naps": []}})
    assert (status, problem["code"]) == (422, "invalid_record")


async def test_an_edit_answers_with_what_counts_now(server: Server) -> None:
    ann = await registered(server)
    await watch(ann)
    _, page = await ann.call("GET", f"/workout-sessions?from={DAY}&to={DAY}")
    (recording,) = page["items"]
    await ann.apply(put("workout_sessions", **BY_HAND))
    path = f"/workout-sessions/{recording['id']}"
    _, changed = await ann.call("PATCH", path, {"rating": 5})
    assert changed["counted"] is False
    _, moved = await ann.call("PATCH", path, {"date": "2025-07-15"})
    assert "counted" not in moved
