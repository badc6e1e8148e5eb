"""Accuracy of the matching of exercise names: sets of real logs, and names checked by hand."""

import csv
import gzip
import io
from collections import Counter
from pathlib import Path

from rich.table import Table

from sync_server.catalogue.load import rows
from sync_server.imports.exercise_matching.exercise_index import KnownExercise
from sync_server.imports.exercise_matching.match import ExerciseMatcher

HOME = Path(__file__).parents[1] / "tests/imports"
CHECKED = HOME / "exercise_names.csv"
NAME_COLUMNS = {"strong-zh": "运动名称", "fitnotes": "Exercise"}
"""Real logs, each with its column of names."""


def catalogue_matcher() -> ExerciseMatcher:
    """Matcher with the built-in exercises."""
    exercises = (
        KnownExercise(row["source_id"], row["name"], "catalogue", row["equipment"])
        for row in rows("exercises")
    )
    return ExerciseMatcher([], list(exercises))


def found(matcher: ExerciseMatcher, name: str) -> str:
    """Name of the exercise that a name is matched with; empty for none."""
    match = matcher.match(name, "")
    return match.exercise.name if match else ""


def matched_sets(matcher: ExerciseMatcher, log: str) -> tuple[int, int]:
    """Sets of a real log that find an exercise, and all of them."""
    text = gzip.decompress((HOME / "data" / f"{log}.csv.gz").read_bytes()).decode("utf-8-sig")
    sets = Counter(row[NAME_COLUMNS[log]] for row in csv.DictReader(io.StringIO(text)))
    return sum(count for name, count in sets.items() if found(matcher, name)), sets.total()


def checked_names() -> list[dict[str, str]]:
    """Names of the apps with the exercise of each, checked by hand; empty where none fits."""
    with CHECKED.open(newline="") as file:
        return list(csv.DictReader(file))


def table() -> Table:
    """Shares of both."""
    matcher = catalogue_matcher()
    result = Table("", "names or sets", "right", title="Names that find their exercise")
    for log in NAME_COLUMNS:
        right, all = matched_sets(matcher, log)
        result.add_row(f"sets of {log} with an exercise", f"{all:,}", f"{right / all:.1%}")
    names = checked_names()
    right = sum(found(matcher, row["name"]) == row["exercise"] for row in names)
    result.add_row("names checked by hand", f"{len(names):,}", f"{right / len(names):.1%}")
    return result
