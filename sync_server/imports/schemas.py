"""What an import answers, and its shape for the OpenAPI document."""

from collections import Counter
from collections.abc import Iterable, Mapping

from sync_server.imports.csv_table import Table
from sync_server.imports.exercise_matching.match import Match
from sync_server.imports.formats.registry import FORMATS
from sync_server.imports.parsed_file import Log, Trouble
from sync_server.web.openapi import Shape, Upload, closed

COLLECTIONS = ("workout_sessions", "workout_sets", "exercises", "body_metrics")
MOST_LISTED = 100
LONGEST_TEXT = 200

_COUNT = {"type": "integer", "minimum": 0}
_DAY = {"type": ["string", "null"], "format": "date"}
_TEXT = {"type": "string"}
_ID = {"type": "string", "format": "uuid"}


IMPORT = Upload(
    {
        "file": {"type": "string", "format": "binary", "description": "The export, a CSV file"},
        "format": {"type": "string", "enum": list(FORMATS), "description": "The app it is from"},
        "weight_unit": {
            "type": "string",
            "enum": ["kg", "lb"],
            "description": "The unit of weights where the file does not say",
        },
        "dry_run": {
            "type": "string",
            "enum": ["true", "false"],
            "default": "false",
            "description": "Whether to tell only what would be made",
        },
    },
    required=("file", "format"),
)
IMPORTED = Shape(
    "Imported",
    closed(
        {
            "format": {"type": "string", "enum": list(FORMATS)},
            "dry_run": {"type": "boolean"},
            "made": closed(
                dict.fromkeys(COLLECTIONS, _COUNT),
                description="Records that are, or would be, new",
            ),
            "corrected": _COUNT
            | {"description": "Records of earlier imports that the file now tells otherwise"},
            "unchanged": _COUNT | {"description": "Records that were there already"},
            "exercises": closed(
                {
                    "matched": {
                        "type": "array",
                        "items": closed(
                            {
                                "name": _TEXT | {"description": "As the file has it"},
                                "sets": _COUNT,
                                "exercise_id": _ID,
                                "matched_name": _TEXT,
                                "source": {"type": "string", "enum": ["own", "catalogue"]},
                                "score": {"type": "number", "minimum": 0, "maximum": 1},
                            }
                        ),
                    },
                    "new": {
                        "type": "array",
                        "items": closed({"name": _TEXT, "sets": _COUNT, "exercise_id": _ID}),
                        "description": "Names that mean no known exercise",
                    },
                }
            ),
            "unreadable": {
                "type": "array",
                "maxItems": MOST_LISTED,
                "items": closed(
                    {
                        "line": {"type": "integer", "minimum": 1},
                        "text": _TEXT | {"maxLength": LONGEST_TEXT},
                        "reason": _TEXT,
                    }
                ),
                "description": "The first lines that were not taken",
            },
            "unreadable_count": _COUNT | {"description": "How many there are in all"},
            "first_date": _DAY,
            "last_date": _DAY,
        }
    ),
)


def exercises_told(
    log: Log, matches: Mapping[str, Match], new: Mapping[str, str]
) -> dict[str, object]:
    """Each name of the file with what it means; `new` gives the ids of those that mean nothing."""
    sets = Counter(one.exercise for workout in log.workouts for one in workout.sets)
    return {
        "matched": [
            {
                "name": name,
                "sets": count,
                "exercise_id": matches[name].exercise.id,
                "matched_name": matches[name].exercise.name,
                "source": matches[name].exercise.source,
                "score": matches[name].score,
            }
            for name, count in sets.items()
            if name in matches
        ],
        "new": [
            {"name": name, "sets": count, "exercise_id": new[name]}
            for name, count in sets.items()
            if name in new
        ],
    }


def troubles_told(troubles: Iterable[Trouble], table: Table) -> dict[str, object]:
    """The lines that were not taken, in the order of the file: the first few, and how many."""
    ordered = sorted(troubles, key=lambda trouble: trouble.line)
    listed = ordered[:MOST_LISTED]
    return {
        "unreadable": [
            {
                "line": one.line,
                "text": table.line_text(one.line, LONGEST_TEXT),
                "reason": one.reason,
            }
            for one in listed
        ],
        "unreadable_count": len(ordered),
    }


def days_told(log: Log) -> dict[str, str | None]:
    """The first and the last day of the file."""
    days = [workout.head.date for workout in log.workouts]
    days += [measure.date for measure in log.measures]
    return {
        "first_date": min(days).isoformat() if days else None,
        "last_date": max(days).isoformat() if days else None,
    }
