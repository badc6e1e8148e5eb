"""Makes the popularity of the built-in foods and exercises, which ranks equal matches.

Usage: python tools/make_popularity.py

Neither source says how often people eat or do a thing. Foods are estimated from the order and the
form of SR28 itself: staple groups, many household portions, many variants, the first of its kind,
plain and raw forms, no brand. Exercises are estimated from the logs in tests/imports/data, from
the number of names that apps have for them, and from level, category and equipment.
"""

import csv
import gzip
import io
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from sync_server.catalogue.load import rows
from sync_server.catalogue.words import normalize_words
from sync_server.imports.exercise_matching.exercise_index import KnownExercise
from sync_server.imports.exercise_matching.match import ExerciseMatcher
from sync_server.lookups.exercise_names import ALIASES

TARGET = Path("sync_server/catalogue/data/popularity.json.gz")
LOGS = Path("tests/imports/data")
NAME_COLUMNS = {"strong-zh.csv.gz": "运动名称", "fitnotes.csv.gz": "Exercise"}

Row = dict[str, Any]

# Shares of a food's popularity: they add up to 1.
GROUP, PORTIONS, VARIANTS, FIRST, PLAIN, SHORT, UNPROCESSED = (
    0.35, 0.2, 0.1, 0.07, 0.1, 0.08, 0.1,
)  # fmt: skip
BRANDED = UNUSUAL = 0.6
GROUPS = {
    "Dairy and Egg Products": 1.0,
    "Vegetables and Vegetable Products": 1.0,
    "Fruits and Fruit Juices": 1.0,
    "Cereal Grains and Pasta": 0.95,
    "Poultry Products": 0.95,
    "Beef Products": 0.9,
    "Pork Products": 0.9,
    "Finfish and Shellfish Products": 0.9,
    "Nut and Seed Products": 0.9,
    "Legumes and Legume Products": 0.85,
    "Fats and Oils": 0.85,
    "Baked Products": 0.8,
    "Beverages": 0.8,
    "Spices and Herbs": 0.75,
    "Sweets": 0.75,
    "Breakfast Cereals": 0.75,
    "Sausages and Luncheon Meats": 0.6,
    "Snacks": 0.6,
    "Soups, Sauces, and Gravies": 0.55,
    "Lamb, Veal, and Game Products": 0.5,
    "Meals, Entrees, and Side Dishes": 0.4,
    "Fast Foods": 0.35,
    "Restaurant Foods": 0.25,
    "American Indian/Alaska Native Foods": 0.1,
    "Baby Foods": 0.0,
}
PLAIN_WORDS = frozenset(normalize_words(
    "raw fresh whole plain regular all red ripe smooth fluid mature uncooked granulated"
    " skinless boneless large commercially"
).split())  # fmt: skip
PROCESSED_WORDS = frozenset(normalize_words(
    "dried dehydrated powder frozen canned imitation substitute low sodium reduced industrial"
    " commodity usda unenriched concentrate freeze infant microwaved sweetened flavored fortified"
    " skin neck light lite free fat restaurant toasted mix glazed breaded"
    " without shortening gluten subs heat relish smoked"
    " candied instant salad soup sauce sandwich chip cracker bread cookie pie juice rendered"
).split())  # fmt: skip
UNUSUAL_WORDS = frozenset(normalize_words(
    "imitation meatless substitute vegetarian tofu infant industrial dehydrated giblets"
    " brain heart kidney tongue tripe spleen lungs pancreas thymus blood backfat feet"
    " tail ears gizzard chitterlings"
).split())  # fmt: skip
_BRAND = re.compile(r"\b[A-Z][A-Z'&.-]{2,}")

# Shares of an exercise's popularity.
KIND, LOGGED, NAMES = 0.5, 0.3, 0.2
LEVELS = {"beginner": 1.0, "intermediate": 0.7, "expert": 0.2}
CATEGORIES = {
    "strength": 1.0, "cardio": 0.9, "powerlifting": 0.6, "olympic weightlifting": 0.5,
}  # fmt: skip
EQUIPMENT = {"barbell": 1.0, "dumbbell": 0.95, "cable": 0.9, "machine": 0.9, "body only": 0.9}
MECHANICS = {"compound": 1.0, "isolation": 0.85}


def foods() -> dict[str, float]:
    """Popularity of each food, 0 to 1, by its number in SR28."""
    catalogue = sorted(rows("foods"), key=lambda row: row["source_id"])
    variants = Counter(_family(row["name"]) for row in catalogue)
    seen: Counter[tuple[str, ...]] = Counter()
    popularity = {}
    for row in catalogue:
        family = _family(row["name"])
        popularity[row["source_id"]] = _food(row, variants[family], seen[family])
        seen[family] += 1
    return popularity


def _family(name: str) -> tuple[str, ...]:
    """First two parts of a name: `Rice, white` of `Rice, white, long-grain, raw`."""
    return tuple(normalize_words(part) for part in name.split(",")[:2])


def _food(row: Row, variants: int, earlier: int) -> float:
    words = normalize_words(row["name"]).split()
    later = normalize_words(row["name"].partition(",")[2]).split()
    popularity = (
        GROUP * GROUPS[row["food_group"]]
        + PORTIONS * min(1.0, math.log2(1 + len(row["servings"])) / 3.2)
        + VARIANTS * min(1.0, math.log2(variants) / 4)
        + FIRST / (1 + earlier / 4)
        + PLAIN * (sum(word in PLAIN_WORDS for word in later) / len(later) if later else 0.7)
        + SHORT * max(0.0, 1 - len(words) / 14)
        + UNPROCESSED * max(0.0, 1 - sum(word in PROCESSED_WORDS for word in words) / 2)
    )
    if _BRAND.search(row["name"]):
        popularity *= BRANDED
    if not UNUSUAL_WORDS.isdisjoint(words[1:]):
        popularity *= UNUSUAL
    return round(min(1.0, popularity), 3)


def exercises() -> dict[str, float]:
    """Popularity of each exercise, 0 to 1, by its id in free-exercise-db."""
    catalogue = list(rows("exercises"))
    logged = _shares_of_sets(catalogue)
    names = Counter(ALIASES.values())
    return {
        row["source_id"]: round(
            KIND * _usual(row)
            + LOGGED * min(1.0, math.log10(1 + 1000 * logged[row["source_id"]]) / 2.2)
            + NAMES * min(1.0, names[row["name"]] / 4),
            3,
        )
        for row in catalogue
    }


def _usual(row: Row) -> float:
    mean = (
        0.25 * LEVELS[row["data"]["level"]]
        + 0.3 * CATEGORIES.get(row["category"], 0.2)
        + 0.25 * EQUIPMENT.get(row["equipment"], 0.4)
        + 0.2 * MECHANICS.get(row["data"]["mechanic"], 0.5)
    )
    words = len(normalize_words(row["name"]).split())
    return mean * max(0.3, 1 - 0.1 * max(0, words - 2))


def _shares_of_sets(catalogue: list[Row]) -> dict[str, float]:
    """Shares of each exercise in the sets of the logs, added up over the logs."""
    matcher = ExerciseMatcher(
        [],
        [
            KnownExercise(row["source_id"], row["name"], "catalogue", row["equipment"])
            for row in catalogue
        ],
    )
    shares = dict.fromkeys((row["source_id"] for row in catalogue), 0.0)
    for file, column in NAME_COLUMNS.items():
        text = gzip.decompress((LOGS / file).read_bytes()).decode("utf-8-sig")
        names = [row[column] for row in csv.DictReader(io.StringIO(text))]
        for name in names:
            if match := matcher.match(name, ""):
                shares[match.exercise.id] += 1 / len(names)
    return shares


def packed() -> bytes:
    """Content of the file: the same bytes for the same catalogue and logs."""
    return orjson.dumps({"foods": foods(), "exercises": exercises()}, option=orjson.OPT_SORT_KEYS)


if __name__ == "__main__":
    TARGET.write_bytes(gzip.compress(packed(), 9, mtime=0))
