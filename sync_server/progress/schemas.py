"""JSON Schemas of the progress routes."""

from typing import Any, get_args

from sync_server.progress.periods import Bucket
from sync_server.progress.query import DEFAULT_DAYS, MAX_DAYS, METRICS
from sync_server.progress.records import KINDS, Formula
from sync_server.progress.volume import Grouping
from sync_server.sync.schemas.records import ID
from sync_server.web.openapi import NamedSchema, Parameter, object_schema
from sync_server.web.schemas import AMOUNT, COUNT, DAY, NUTRIENTS

NUMBER = {"type": "number"}


def _maybe(schema: Any, description: str = "") -> dict[str, Any]:
    """Nullable variant of a schema."""
    if isinstance(schema, dict) and isinstance(schema.get("type"), str) and "enum" not in schema:
        either = schema | {"type": [schema["type"], "null"]}
    else:
        either = {"oneOf": [schema, {"type": "null"}]}
    return either | {"description": description} if description else either


def _list(items: Any, description: str = "") -> dict[str, Any]:
    schema = {"type": "array", "items": items}
    return schema | {"description": description} if description else schema


def _choice(kind: object, **more: object) -> dict[str, Any]:
    words = list(get_args(kind))
    return {"type": "string", "enum": words, **more}


CHART_PARAMETERS = {
    "from": Parameter(DAY, f"First day; by default {DEFAULT_DAYS} days before the end"),
    "to": Parameter(
        DAY,
        f"The last day, included, {MAX_DAYS} days at most from the first; without it the newest"
        " day that has a record",
    ),
    "bucket": Parameter(
        _choice(Bucket, default="day"), "Period of a point; the profile sets the week's first day"
    ),
}
HISTORY_PARAMETERS = CHART_PARAMETERS | {
    "from": Parameter(DAY, "First day; by default the whole history up to `to`"),
    "to": Parameter(DAY, "Last day, inclusive; by default the newest day with a record"),
    "bucket": Parameter(_choice(Bucket, default="day"), "No effect here"),
}
METRIC_PARAMETERS = CHART_PARAMETERS | {
    "metric": Parameter(
        {"type": "array", "items": {"type": "string", "enum": list(METRICS)}, "minItems": 1},
        "Metrics, comma-separated; all by default",
    )
}
_EXERCISE = Parameter(ID, "Only the sets of this exercise")
VOLUME_PARAMETERS = CHART_PARAMETERS | {
    "by": Parameter(_choice(Grouping, default="total"), "Grouping of the volume"),
    "exercise_id": _EXERCISE,
}
RECORD_PARAMETERS = HISTORY_PARAMETERS | {
    "exercise_id": _EXERCISE,
    "formula": Parameter(
        _choice(Formula, default="epley"), "Formula of the one-repetition maximum"
    ),
}

_WINDOW = {
    "from": _maybe(DAY, "The first day; null: there is no record, or all of them count"),
    "to": _maybe(DAY, "The last day, included; null: there is no record"),
    "bucket": _choice(Bucket),
}
_START = {"date": DAY | {"description": "The first day of the period, even before `from`"}}

WEIGHT = NamedSchema(
    "WeightProgress",
    object_schema(
        _WINDOW
        | {
            "points": _list(
                object_schema(
                    _START | {"weight_kg": NUMBER, "trend_kg": NUMBER, "days_counted": COUNT},
                    description="Means over the days that have a weight",
                ),
                "Of the periods that have a weight",
            ),
            "change_kg": _maybe(NUMBER, "From the first day's trend to the last one's"),
            "per_week_kg": _maybe(NUMBER, "The slope of the trend: its least-squares line"),
            "days_counted": COUNT,
        }
    ),
)
_COURSE = object_schema(
    {"points": _list(object_schema(_START | {"value": NUMBER, "days_counted": COUNT}))}
    | {name: _maybe(NUMBER) for name in ("mean", "min", "max", "first", "last")}
    | {"days_counted": COUNT}
)
METRICS_PROGRESS = NamedSchema(
    "MetricsProgress",
    object_schema(
        _WINDOW
        | {
            "metrics": {
                "type": "object",
                "properties": dict.fromkeys(METRICS, _COURSE),
                "additionalProperties": False,
            }
        }
    ),
)
_MEANS: dict[str, Any] = {
    "adherence": _maybe(
        {"type": "number", "minimum": 0, "maximum": 100}, "The mean over `days_counted` days"
    ),
    "planned": _maybe(NUTRIENTS, "The mean over `days_planned` days"),
    "actual": _maybe(NUTRIENTS, "The mean over `days_logged` days"),
    "days_counted": COUNT | {"description": "Days with logs on which macros were planned"},
    "days_planned": COUNT | {"description": "Days with logs on which anything was planned"},
    "days_logged": COUNT | {"description": "Days with logs; the others do not count anywhere"},
}
ADHERENCE = NamedSchema(
    "DietAdherence",
    object_schema(_WINDOW | {"points": _list(object_schema(_START | _MEANS))} | _MEANS),
)
_COUNTS: dict[str, Any] = {
    "sessions": COUNT,
    "sets": COUNT | {"description": "All sets, including warm-ups"},
    "working_sets": COUNT | {"description": "Sets other than warm-ups"},
    "bodyweight_sets": COUNT
    | {"description": "Working sets whose volume uses the session's bodyweight_kg"},
    "volume_kg": AMOUNT,
}
_WHOLE = _COUNTS | {"duration_s": _maybe(COUNT, "null for a single exercise")}
_GROUP: dict[str, Any] = {
    "points": _list(object_schema(_START | _COUNTS)),
    "total": object_schema(_COUNTS),
}
_NAME: dict[str, Any] = {"exercise_id": ID, "name": {"type": ["string", "null"]}}
_VOLUME = object_schema(
    _WINDOW
    | {
        "by": _choice(Grouping),
        "points": _list(object_schema(_START | _WHOLE)),
        "total": object_schema(_WHOLE),
    }
)
_VOLUME["properties"] |= {
    "exercises": _list(
        object_schema(_NAME | _GROUP), "With `by=exercise`, the greatest volume first"
    ),
    "muscles": _list(
        object_schema({"muscle": {"type": ["string", "null"]}} | _GROUP),
        "With `by=muscle`, the greatest volume first; a set counts for each primary muscle",
    ),
}
VOLUME = NamedSchema("TrainingVolume", _VOLUME)
_SET = {
    "date": DAY,
    "session_id": ID,
    "weight_kg": _maybe(NUMBER),
    "reps": _maybe(COUNT),
    "duration_s": _maybe(NUMBER),
    "distance_m": _maybe(NUMBER),
}
_BEST = dict.fromkeys(KINDS, _maybe(object_schema(_SET))) | {
    "one_rep_max": _maybe(object_schema(_SET | {"one_rep_max_kg": NUMBER})),
    "session_volume": _maybe(object_schema({"date": DAY, "session_id": ID, "volume_kg": AMOUNT})),
}
RECORDS = NamedSchema(
    "PersonalRecords",
    object_schema(
        _WINDOW | {"formula": _choice(Formula), "exercises": _list(object_schema(_NAME | _BEST))},
    ),
)
_STREAK = object_schema(
    dict.fromkeys(
        ("current", "longest"),
        object_schema({"length": COUNT, "from": _maybe(DAY), "to": _maybe(DAY)}),
    )
)
STREAKS = NamedSchema(
    "Streaks",
    object_schema(
        _WINDOW
        | {
            "as_of": _maybe(DAY),
            "week_start": {"type": "integer", "minimum": 1, "maximum": 7},
            "food_log_days": _STREAK,
            "workout_days": _STREAK,
            "workout_weeks": _STREAK,
        }
    ),
)
