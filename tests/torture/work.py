"""The random work of a device: the records of a fitness app, made, edited and deleted."""

import random
import uuid
from typing import Any

from tests.torture.people import DeviceUnderTest
from tests.torture.wire import Json

DAYS = ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]
EXERCISES = [f"0192f0c4-6f0e-7c4e-9a53-00000000000{digit}" for digit in "abc"]
MADE_AT_ONCE = [1, 1, 2, 5]
MADE_IN_BULK = [1, 5, 60, 200]


def staples(chance: random.Random) -> dict[str, list[tuple[str, Json]]]:
    """Records that all devices of a user refer to: foods, a plan, its meal; never deleted."""

    def new() -> str:
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))

    plan, meal = new(), new()
    foods = [(new(), _food(chance)) for _ in range(3)]
    items = [
        (new(), {"meal_id": meal, "food_id": id, "grams": chance.randrange(10, 300)})
        for id, _ in foods
    ]
    return {
        "foods": foods,
        "diet_plans": [(plan, {"name": "Cut", "days_of_week": [1, 2, 3, 4, 5, 6, 7]})],
        "meals": [(meal, {"plan_id": plan, "name": "Lunch", "position": 1})],
        "meal_items": items,
    }


class Worker:
    """Random writes on one device; it remembers the ids that it may edit."""

    def __init__(
        self,
        device: DeviceUnderTest,
        chance: random.Random,
        staple: dict[str, list[Any]],
        *,
        in_bulk: bool = False,
    ) -> None:
        self.device, self.chance = device, chance
        self.sizes = MADE_IN_BULK if in_bulk else MADE_AT_ONCE
        self.staple = {name: [id for id, _ in records] for name, records in staple.items()}
        self.known: dict[str, list[str]] = {}

    async def learn(self) -> None:
        """Look up what the device shows now, so that edits also meet other devices' records."""
        self.known = {}
        for (collection, id), _ in (await self.device.records()).items():
            self.known.setdefault(collection, []).append(id)

    async def work(self, amount: int) -> None:
        """So many random writes."""
        for _ in range(amount):
            await self.chance.choices([self._make, self._edit, self._delete], [5, 6, 1])[0]()

    def _some(self, collection: str) -> str | None:
        found = self.known.get(collection)
        return self.chance.choice(found) if found else None

    async def _put(self, collection: str, data: Json) -> None:
        if id := await self.device.put(collection, data):
            self.known.setdefault(collection, []).append(id)

    async def _make(self) -> None:
        chance, day = self.chance, self.chance.choice(DAYS)
        match chance.randrange(8):
            case 0 | 1:
                await self._put("foods", _food(chance))
            case 2:
                await self._put("workout_sessions", {"name": "Push", "date": day})
            case 3 | 4 if workout := self._some("workout_sessions"):
                for _ in range(chance.choice(self.sizes)):
                    await self._put("workout_sets", _set(chance, workout))
            case 5:
                weight = chance.randrange(240, 400) / 4
                await self._put("body_metrics", {"date": day, "weight_kg": weight})
            case 6:
                await self._put("food_logs", self._log(day))
            case 7:
                await self._put("profile", {"height_cm": chance.randrange(150, 200)})

    def _log(self, day: str) -> Json:
        chance = self.chance
        if chance.random() < 0.2:
            return {"date": day, "name": "Pizza", "energy_kcal": chance.randrange(200, 900)}
        log: Json = {"date": day, "food_id": chance.choice(self.staple["foods"]), "grams": 80}
        if chance.random() < 0.3:
            log["planned"] = True
        return log

    async def _edit(self) -> None:
        chance = self.chance
        edits: dict[str, list[Json]] = {
            "foods": [
                {"notes": f"note {chance.randrange(100)}"},
                {"brand": chance.choice(["Mill", "Farm", None])},
                {"energy_kcal": chance.randrange(10, 800)},
            ],
            "workout_sessions": [
                {"date": chance.choice(DAYS)},
                {"rating": chance.randrange(1, 6)},
                {"started_at": "2026-11-23T10:00:00Z", "ended_at": "2026-11-23T11:02:00Z"},
            ],
            "workout_sets": [
                {"reps": chance.randrange(20), "weight_kg": chance.randrange(400) / 4},
                {"reps": chance.randrange(20)},
                {"kind": chance.choice(["warmup", "normal"])},
                {"rpe": chance.randrange(2, 21) / 2},
                {"notes": "Café"},
            ],
            "body_metrics": [{"waist_cm": chance.randrange(60, 120)}],
            "food_logs": [{"notes": "late"}, {"grams": chance.randrange(1, 500)}],
            "meal_items": [{"grams": chance.randrange(1, 500)}],
            "profile": [{"height_cm": chance.randrange(150, 200)}],
        }
        collection = chance.choice(sorted(edits))
        if id := self._some(collection):
            await self.device.patch(collection, id, chance.choice(edits[collection]))

    async def _delete(self) -> None:
        collection = self.chance.choice(
            ["foods", "workout_sessions", "workout_sets", "workout_sets", "body_metrics"]
        )
        id = self._some(collection)
        if id and id not in self.staple["foods"]:
            await self.device.delete(collection, id)


def _food(chance: random.Random) -> Json:
    return {
        "name": f"Food {chance.randrange(1000)}",
        "energy_kcal": chance.randrange(10, 800),
        "protein_g": chance.randrange(0, 300) / 10,
        "carbs_g": chance.randrange(0, 600) / 10,
        "fat_g": chance.randrange(0, 400) / 10,
    }


def _set(chance: random.Random, session_id: str) -> Json:
    return {
        "session_id": session_id,
        "exercise_id": chance.choice(EXERCISES),
        "position": chance.randrange(1, 30),
        "kind": chance.choice(["warmup", "normal", "normal"]),
        "reps": chance.randrange(1, 20),
        "weight_kg": chance.randrange(400) / 4,
    }
