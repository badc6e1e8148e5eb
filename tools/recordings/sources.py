"""The logs as values: rows of the files, in metric units, nothing added."""

import csv
import datetime
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

KG_PER_LB = 0.45359237
_DURATION = re.compile(r"(?:(\d+)小时)?(?:(\d+)分钟)?")


@dataclass(frozen=True, slots=True)
class LoggedSet:
    """A set; `weight_kg` None where the log has no load."""

    exercise: str
    reps: int
    weight_kg: float | None


@dataclass(frozen=True, slots=True)
class Workout:
    """A workout; the times are None where the log knows only the day."""

    date: datetime.date
    name: str
    sets: tuple[LoggedSet, ...]
    started_at: datetime.datetime | None = None
    ended_at: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Food:
    """A food; nutrients per 100 g, None where they were not measured."""

    number: str
    name: str
    nutrients: Mapping[str, float | None]
    portions: tuple[tuple[str, float], ...]


def kilograms(pounds: float) -> float:
    """Pounds in kilograms, to 0.01 kg: an export's 44.09245243697551 was 20 on the plates."""
    return round(pounds * KG_PER_LB, 2)


def duration(text: str) -> datetime.timedelta:
    """A duration such as `1小时13分钟`; raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        raise ValueError(f"not a duration: {text!r}")
    return datetime.timedelta(hours=int(match[1] or 0), minutes=int(match[2] or 0))


def strong_workouts(lines: Iterable[str]) -> Iterator[Workout]:
    """The workouts of a Strong export in Chinese, oldest first; its weights are pounds.

    The file names no time zone: its times are taken for UTC.
    """
    rows = sorted(csv.DictReader(lines), key=lambda row: row["日期"])
    for (start, name), group in groupby(rows, key=lambda row: (row["日期"], row["锻炼名称"])):
        own = list(group)
        started_at = datetime.datetime.fromisoformat(start).replace(tzinfo=datetime.UTC)
        sets = tuple(
            LoggedSet(row["运动名称"], int(float(row["次"])), kilograms(float(row["重量"])) or None)
            for row in own
        )
        ended_at = started_at + duration(own[0]["时长"])
        yield Workout(started_at.date(), name, sets, started_at, ended_at)


def fitnotes_workouts(lines: Iterable[str]) -> Iterator[Workout]:
    """The days of a FitNotes export in kilograms, oldest first; named by what was trained most."""
    rows = sorted(csv.DictReader(lines), key=lambda row: row["Date"])
    for date, group in groupby(rows, key=lambda row: row["Date"]):
        own = list(group)
        categories = [row["Category"] for row in own]
        name = max(dict.fromkeys(categories), key=categories.count)
        sets = tuple(
            LoggedSet(row["Exercise"], int(row["Reps"]), float(row["Weight"]) or None)
            for row in own
        )
        yield Workout(datetime.date.fromisoformat(date), name, sets)


def body_weights(lines: Iterable[str]) -> dict[datetime.date, float]:
    """Kilograms by day. The file does not name its unit: a lifter of 123 is taken for pounds."""
    return {
        datetime.date.fromisoformat(row["date"]): kilograms(float(row["weight"]))
        for row in csv.DictReader(lines)
    }


def usda_foods(foods: Iterable[str], portions: Iterable[str]) -> dict[str, Food]:
    """USDA SR28 by its number, with household portions in grams."""
    measures: dict[str, list[tuple[str, float]]] = {}
    for row in csv.DictReader(portions):
        measure = f"{row['amount']} {row['measure']}", float(row["gram_weight"])
        measures.setdefault(row["ndb_no"], []).append(measure)
    columns = {"energy_kcal": "kcal", "protein_g": "protein_g", "carbs_g": "carbs_g"}
    columns["fat_g"] = "fat_g"
    return {
        row["ndb_no"]: Food(
            row["ndb_no"],
            row["description"],
            {name: float(row[own]) if row[own] else None for name, own in columns.items()},
            tuple(measures.get(row["ndb_no"], ())),
        )
        for row in csv.DictReader(foods)
    }


def exercise_ids(text: str) -> dict[str, str]:
    """The built-in exercises' own ids by name in lower case, hyphens taken for blanks."""
    return {plain(entry["name"]): entry["id"] for entry in json.loads(text)}


def plain(name: str) -> str:
    """An exercise's name for comparing; `Deadlift (Barbell)` is `barbell deadlift`."""
    match = re.fullmatch(r"(.+) \((.+)\)", name)
    return (f"{match[2]} {match[1]}" if match else name).lower().replace("-", " ")


def read_lines(path: Path) -> list[str]:
    """A text file's lines, whether or not it begins with a byte order mark."""
    return path.read_text("utf-8-sig").splitlines()
