"""Registry of day parts: SQL, computation and JSON Schema of the day view follow from it.

To add a part, declare it here and name it in DAY_PARTS.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from schema import COLLECTIONS
from schema.json_schema import stored_schema
from sync_server.days.day import (
    METRICS_EXCLUDED,
    DayContext,
    DayRecord,
    diet,
    metrics,
    nutrients,
    training,
    water,
)
from sync_server.web.openapi import JsonSchema, object_schema
from sync_server.web.schemas import AMOUNT, COUNT, NUTRIENTS

Day = dict[str, list[DayRecord]]
"""Live records of one day by collection, in the order of their versions."""


def _no_ids(_record: DayRecord) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class DayPart:
    """Member `name` of the day view, computed from the live records of `collection`.

    `children` is the collection of records that belong to those, as sets to a session. `food_ids`
    and `exercise_ids` are the ids in a record that `compute` looks up. `schema` is the JSON Schema
    of the computed value. The view lacks an `optional` part whose value is None.
    """

    name: str
    collection: str
    compute: Callable[[Sequence[DayRecord], DayContext], object]
    schema: JsonSchema
    optional: bool = False
    children: str | None = None
    food_ids: Callable[[DayRecord], Iterable[str]] = _no_ids
    exercise_ids: Callable[[DayRecord], Iterable[str]] = _no_ids


DayParts = Sequence[DayPart]


def _logged_food(log: DayRecord) -> Iterable[str]:
    return (log.data["food_id"],) if "food_id" in log.data else ()


def _exercises_without_weight(session: DayRecord) -> Iterable[str]:
    """Exercises of sets without a weight; only those may count the lifter's body weight."""
    if not session.data.get("bodyweight_kg"):
        return ()
    return (done["exercise_id"] for done in session.children if "weight_kg" not in done)


def _metrics_schema() -> JsonSchema:
    properties = stored_schema(COLLECTIONS["body_metrics"])["properties"]
    assert isinstance(properties, dict)
    shown = {name: it for name, it in properties.items() if name not in METRICS_EXCLUDED}
    return {"type": "object", "properties": shown}


DIET = DayPart(
    name="diet",
    collection="food_logs",
    compute=diet,
    schema=object_schema(
        {
            "planned": NUTRIENTS,
            "actual": NUTRIENTS,
            "adherence": {
                "type": ["number", "null"],
                "minimum": 0,
                "maximum": 100,
                "description": "Closeness of the macros to the plan, in percent; null without one",
            },
            "logs": COUNT,
        }
    ),
    food_ids=_logged_food,
)
TRAINING = DayPart(
    name="training",
    collection="workout_sessions",
    children="workout_sets",
    compute=training,
    schema=object_schema(
        {
            "sessions": COUNT,
            "sets": COUNT,
            "volume_kg": AMOUNT,
            "duration_s": COUNT,
            "same_as": {
                "type": "object",
                "additionalProperties": {"type": "string", "format": "uuid"},
                "description": "Sessions that do not count, each with the one of the same workout"
                " that does; absent if there are none",
            },
        },
        "same_as",
    ),
    exercise_ids=_exercises_without_weight,
)
METRICS = DayPart(
    name="metrics", collection="body_metrics", compute=metrics, schema=_metrics_schema()
)
WATER = DayPart(
    name="water",
    collection="water_logs",
    compute=water,
    schema=object_schema({"ml": AMOUNT, "logs": COUNT}, description="Absent without water logs"),
    optional=True,
)
DAY_PARTS: DayParts = (DIET, TRAINING, METRICS, WATER)


def empty_day(parts: DayParts = DAY_PARTS) -> Day:
    """Day without records; a collection of no part is a KeyError, never another part's data."""
    return {part.collection: [] for part in parts}


def day_view(day: Day, context: DayContext, parts: DayParts = DAY_PARTS) -> dict[str, object]:
    """Day view: the date and the value of each part."""
    values = {part.name: part.compute(day[part.collection], context) for part in parts}
    shown = {it.name: values[it.name] for it in parts if values[it.name] is not None}
    return {"date": context.date.isoformat()} | shown


def whole_day_view(day: Day, context: DayContext) -> dict[str, object]:
    """Day view with all nutrients and their targets."""
    sums = nutrients(day[DIET.collection], day[WATER.collection], context)
    return day_view(day, context) | {"nutrients": sums}
