"""Page of export examples: the first lines of every export of the same few records."""

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schema import COLLECTIONS
from schema.examples import EXAMPLES_BY_FORMAT, put_example
from sync_server.demo.records import changes_of
from sync_server.exports.collection_table import cells, headings, record_text
from sync_server.exports.csv_text import csv_text
from sync_server.exports.fit_activity import activity_file
from sync_server.exports.fit_workout import workout_file
from sync_server.exports.food_table import HEADINGS, FoodNames, lines
from sync_server.exports.workout_tables import (
    STRONG_HEADINGS,
    WorkoutFormat,
    WorkoutLog,
    hevy_headings,
    hevy_lines,
    strong_lines,
)
from tools.fit_text import fit_lines
from tools.import_examples import excerpt

WORDS = """\
The first lines of every export, made by the code of the server: of the demo account (of collections
that it lacks, the example of the API), of a workout, and of two days of a diary.
[The guide](../how-to/export.md) says how to get them and what each leaves out;
[import examples](import-examples.md) are the other direction."""
USER, TODAY, RECORDS = "11111111-1111-4111-8111-111111111111", datetime.date(2026, 11, 23), 2
ID = str(EXAMPLES_BY_FORMAT["uuid"])
SESSION = {
    "date": "2026-11-23",
    "name": "Push day",
    "started_at": "2026-11-23T18:00:00+08:00",
    "ended_at": "2026-11-23T19:02:00+08:00",
    "notes": "felt strong",
}
SETS: tuple[Mapping[str, Any], ...] = (
    {"exercise_name": "Bench Press (Barbell)", "kind": "warmup", "reps": 10, "weight_kg": 40.0},
    {"exercise_name": "Bench Press (Barbell)", "reps": 8, "weight_kg": 62.5, "rpe": 8.5,
     "rest_s": 120},
    {"exercise_name": "Zercher Carry", "weight_kg": 60.0, "duration_s": 45, "notes": "slow"},
)  # fmt: skip
OATS = {"name": "Oats", "energy_kcal": 389.0, "protein_g": 16.9, "carbs_g": 66.3, "fat_g": 6.9}
LOGS: tuple[Mapping[str, Any], ...] = (
    {"date": "2026-11-23", "slot": "breakfast", "food_id": "oats", "grams": 80.0},
    {"date": "2026-11-23", "slot": "lunch", "name": "Soup", "energy_kcal": 180.0, "protein_g": 9.0,
     "eaten_at": "2026-11-23T12:30:00+08:00"},
    {"date": "2026-11-24", "slot": "breakfast", "food_id": "oats", "grams": 60.0},
)  # fmt: skip


def export_examples_page() -> str:
    """The page."""
    text = ["# Export examples", "", "<!-- Written by `make generated`. -->", "", WORDS, ""]
    for title, language, shown in _exports():
        text += [f"## {title}", "", f"```{language}", *excerpt("\n".join(shown)), "```", ""]
    return "\n".join(text)


def _records() -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """Ids and fields of the first records of each collection."""
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {name: [] for name in COLLECTIONS}
    for change in changes_of(USER, TODAY):
        found[change["collection"]].append((change["id"], change["data"]))
    return {
        name: records[:RECORDS] or [(ID, put_example(COLLECTIONS[name]))]
        for name, records in found.items()
    }


def _exports() -> Iterator[tuple[str, str, Iterable[str]]]:
    """Title, language and lines of each export."""
    records = _records()
    for name, found in records.items():
        table = [cells(COLLECTIONS[name], id, data) for id, data in found]
        text = csv_text([headings(COLLECTIONS[name]), *table])
        yield f"csv/{name}", "text", text.decode().splitlines()
    texts = [record_text(id, _json(data)) for id, data in records["workout_sets"]]
    yield "json/workout_sets", "json", ("[" + ",\n".join(texts) + "]").splitlines()
    yield from _documents()


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def _documents() -> Iterator[tuple[str, str, Iterable[str]]]:
    """The exports that are no collections."""
    sets = [{"exercise_id": "", "position": number, **it} for number, it in enumerate(SETS)]
    log, format = WorkoutLog(SESSION, sets), WorkoutFormat("kg", datetime.UTC, {})
    diary = csv_text([HEADINGS, *lines(LOGS, FoodNames({"oats": OATS}, {}))])
    yield "food-days", "text", diary.decode().splitlines()
    strong = csv_text([STRONG_HEADINGS, *strong_lines(log, format)])
    yield "strong", "text", strong.decode().splitlines()
    hevy = csv_text([hevy_headings("kg"), *hevy_lines(log, format)], quote_text=True)
    yield "hevy", "text", hevy.decode().splitlines()
    yield "fit (activity)", "text", fit_lines(activity_file(log, format))
    yield "fit (workout)", "text", fit_lines(workout_file(log, format))
