"""Ids: derived from natural keys, and time-ordered ones."""

import random

from schema import COLLECTIONS
from schema.ids import Json, UserId, new_id
from tools.vectors.values import Case, file_text

ABOUT = (
    "`derived`: the id of a put by `user_id`, null if the record has no natural key (any id). "
    "`time_ordered`: UUIDv7 of a time in microseconds and of 62 random bits, in hexadecimal."
)
USER = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"
OTHER_USER = "9eaf7a6f-df66-5eb0-b6ea-1c14a8c70e68"


def text() -> str:
    """Text of ids.json."""
    chance = random.Random(3)
    times = [0, 1, 999, 1000, 1_795_399_905_123_456, 2**53 - 1]
    ordered = [_time_ordered(now_us, chance.getrandbits(62)) for now_us in times * 2]
    return file_text(ABOUT, {"derived": _derived(), "time_ordered": ordered})


def _derived() -> list[Case]:
    whole: dict[str, Json] = {
        "date": "2026-11-23", "planned": True, "food_id": USER, "meal_id": OTHER_USER, "grams": 80,
    }  # fmt: skip
    variants: list[dict[str, Json]] = [whole, whole | {"planned": False}, {"planned": True}]
    variants += [{name: whole[name] for name in whole if name != absent} for absent in whole]
    cases: list[Case] = []
    for name, collection in COLLECTIONS.items():
        for user in (USER, OTHER_USER):
            for data in variants if collection.natural_key else variants[:1]:
                known = {key: value for key, value in data.items() if key in collection.fields}
                id = collection.canonical_id(UserId(user), known)
                cases.append({"collection": name, "user_id": user, "data": known, "id": id})
    return cases


def _time_ordered(now_us: int, bits: int) -> Case:
    return {"now_us": now_us, "random_bits": f"{bits:016x}", "id": new_id(now_us, bits)}
