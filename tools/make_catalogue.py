"""Makes the built-in catalogue's package data from the source data.

Usage: python tools/make_catalogue.py SOURCE_DIR (with usda_sr28/ and free_exercise_db/)
"""

import csv
import gzip
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import orjson

TARGET = Path("sync_server/catalogue/data")
_NUTRIENTS = {
    "energy_kcal": "kcal",
    "protein_g": "protein_g",
    "carbs_g": "carbs_g",
    "fat_g": "fat_g",
    "fiber_g": "fiber_g",
    "sugar_g": "sugar_g",
    "saturated_fat_g": "sat_fat_g",
    "sodium_mg": "sodium_mg",
}

_MORE = {
    "trans_fat_g": "trans_fat_g",
    "cholesterol_mg": "cholesterol_mg",
    "potassium_mg": "potassium_mg",
    "calcium_mg": "calcium_mg",
    "iron_mg": "iron_mg",
    "magnesium_mg": "magnesium_mg",
    "zinc_mg": "zinc_mg",
    "vitamin_c_mg": "vit_c_mg",
    "vitamin_a_ug": "vit_a_rae_ug",
    "vitamin_d_ug": "vit_d_ug",
    "vitamin_e_mg": "vit_e_mg",
    "vitamin_k_ug": "vit_k_ug",
    "vitamin_b12_ug": "vit_b12_ug",
    "folate_ug": "folate_ug",
    "water_g": "water_g",
    "caffeine_mg": "caffeine_mg",
    "alcohol_g": "alcohol_g",
}


def foods(source: Path) -> list[dict[str, Any]]:
    """SR28's foods per 100 g with their household portions; blank is unknown."""
    servings: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with (source / "portions.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            name = f"{row['amount']} {row['measure']}".strip()
            servings[row["ndb_no"]].append({"name": name, "grams": float(row["gram_weight"])})
    with (source / "foods_per_100g.csv").open(newline="") as file:
        return [
            {
                "source": "usda-sr28",
                "source_id": row["ndb_no"],
                "name": row["description"],
                "food_group": row["food_group"],
                **{
                    name: float(row[column]) if row[column] else None
                    for name, column in _NUTRIENTS.items()
                },
                "nutrients": {
                    name: float(row[column]) for name, column in _MORE.items() if row[column]
                },
                "servings": servings[row["ndb_no"]],
            }
            for row in csv.DictReader(file)
        ]


def exercises(source: Path) -> list[dict[str, Any]]:
    """The exercises of free-exercise-db; what has no column of its own is under `data`."""
    return [
        {
            "source": "free-exercise-db",
            "source_id": row["id"],
            "name": row["name"],
            "category": row["category"],
            "primary_muscles": row["primaryMuscles"],
            "secondary_muscles": row["secondaryMuscles"],
            "equipment": row["equipment"],
            "data": {name: row[name] for name in ("force", "level", "mechanic", "instructions")},
        }
        for row in orjson.loads((source / "exercises.json").read_bytes())
    ]


def write(name: str, rows: list[dict[str, Any]]) -> None:
    """One JSON object a line, compressed, the same bytes for the same rows."""
    lines = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    (TARGET / name).write_bytes(gzip.compress(lines, 9, mtime=0))


if __name__ == "__main__":
    root = Path(sys.argv[1])
    write("foods.ndjson.gz", foods(root / "usda_sr28"))
    write("exercises.ndjson.gz", exercises(root / "free_exercise_db"))
