"""Somebody who uses the plain routes, and whole records of every collection to use them with."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from schema import COLLECTIONS
from tests.api.person import Json, Person

A_DAY = "2026-11-23"


def fields(collection: str) -> Json:
    """A whole record: the required fields and one that is not."""
    whole: dict[str, Json] = {
        "profile": {"weight_unit": "kg", "height_cm": 180.0},
        "foods": {
            "name": "Oats",
            "energy_kcal": 389.0,
            "protein_g": 16.9,
            "carbs_g": 66.3,
            "fat_g": 6.9,
            "notes": "rolled",
        },
        "diet_plans": {"name": "Cut", "days_of_week": [1, 3, 5], "active": True, "notes": "hard"},
        "meals": {"plan_id": new_id(), "name": "Lunch", "position": 1, "time": "12:30"},
        "meal_items": {"meal_id": new_id(), "food_id": new_id(), "grams": 80.0, "position": 2},
        "food_logs": {
            "date": A_DAY,
            "food_id": new_id(),
            "grams": 80.0,
            "slot": "lunch",
            "planned": False,
        },
        "exercises": {"name": "Bench press", "category": "strength"},
        "programs": {"name": "5x5", "active": True},
        "workout_sessions": {"date": A_DAY, "name": "Push day", "rating": 4},
        "workout_sets": {
            "session_id": new_id(),
            "exercise_id": new_id(),
            "position": 1,
            "kind": "normal",
            "reps": 5,
            "weight_kg": 100.0,
        },
        "body_metrics": {"date": A_DAY, "weight_kg": 80.5},
    }
    return whole[collection]


OPTIONAL: Mapping[str, tuple[str, Any, Any]] = {
    "profile": ("height_cm", 180.0, 181.5),
    "foods": ("notes", "rolled", "steel-cut"),
    "diet_plans": ("notes", "hard", "easy"),
    "meals": ("time", "12:30", "13:00"),
    "meal_items": ("position", 2, 3),
    "food_logs": ("slot", "lunch", "snack"),
    "exercises": ("category", "strength", "other"),
    "programs": ("active", True, False),
    "workout_sessions": ("rating", 4, 5),
    "workout_sets": ("position", 1, 7),
    "body_metrics": ("weight_kg", 80.5, 79.9),
}
"""A register of its own of each collection: its name, what `fields` gives it, something else."""


def new_id() -> str:
    """An id that nothing has."""
    return str(uuid.uuid4())


def path(collection: str, id: str = "") -> str:
    """Where a collection, or a record of it, is."""
    slug = collection.replace("_", "-")
    return f"/{slug}/{id}" if id else f"/{slug}"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """What the body says."""
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem document."""
        assert self.headers["Content-Type"].startswith("application/problem+json"), self
        return str(self.json["code"])


class Visitor(Person):
    """Somebody who uses the plain routes."""

    async def send(
        self, method: str, path: str, body: Json | bytes | None = None, **headers: str
    ) -> Answer:
        """An answer; `If_Match` stands for the header If-Match."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Authorization", f"Bearer {self.tokens['access_token']}")
        data = body if isinstance(body, bytes | None) else orjson.dumps(body)
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, self.api + path, data=data, headers=sent) as answer,
        ):
            return Answer(answer.status, answer.headers, await answer.read())

    async def make(self, collection: str, /, **more: Any) -> Json:
        """A new record of the collection."""
        key = {"Idempotency_Key": new_id()}
        answer = await self.send("POST", path(collection), fields(collection) | more, **key)
        assert answer.status in (200, 201), answer
        found: Json = answer.json
        return found

    async def cursor(self) -> str:
        """Where the history ends now."""
        answer = await self.send("GET", "/sync/pull?limit=5000")
        return str(answer.json["cursor"])

    async def pull(self, cursor: str = "") -> list[Json]:
        """Every change since the cursor, or from the beginning."""
        answer = await self.send("GET", f"/sync/pull?limit=5000&cursor={cursor}")
        assert answer.status == 200
        changes: list[Json] = answer.json["changes"]
        return changes


NATURAL = [name for name, it in COLLECTIONS.items() if it.natural_key and not it.natural_key.when]
"""Collections of which no two records can be about the same."""
DATED = [name for name, it in COLLECTIONS.items() if it.day_field]
