"""JSON of an import's result: counts, matched exercises, rejected lines and dates."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from sync_server.imports.convert import Conversion
from sync_server.imports.csv_table import CsvTable
from sync_server.imports.exercise_matching.exercise_index import ExerciseMatch
from sync_server.imports.parsed_file import LineError, ParsedFile
from sync_server.imports.push_batches import PushTotals
from sync_server.imports.records import DerivedRecord
from sync_server.imports.schemas import COLLECTIONS, MAX_LINE_TEXT, MAX_LISTED_ERRORS


@dataclass(frozen=True, slots=True)
class ImportSource:
    """Format of an imported file and its table; true if the import is a dry run."""

    format: str
    dry_run: bool
    table: CsvTable


def serialize_import(
    source: ImportSource,
    parsed: ParsedFile,
    conversion: Conversion,
    totals: PushTotals,
    suggestions: Mapping[str, Iterable[ExerciseMatch]],
) -> bytes:
    """The response body of an import or a dry run, with `suggestions` for new names."""
    effects = totals.effects
    return orjson.dumps(
        {
            "format": source.format,
            "dry_run": source.dry_run,
            "made": {name: effects["create", name] for name in COLLECTIONS},
            "corrected": sum(effects["correct", name] for name in COLLECTIONS),
            "unchanged": totals.unchanged,
            "exercises": _exercises(parsed, conversion, suggestions),
            **_errors([*conversion.errors, *totals.errors], source.table),
            **_dates(parsed, conversion.records),
        }
    )


def _exercises(
    parsed: ParsedFile,
    conversion: Conversion,
    suggestions: Mapping[str, Iterable[ExerciseMatch]],
) -> dict[str, object]:
    """Exercise names of the file, matched or new."""
    matches, new = conversion.matches, conversion.new
    sets = Counter(entry.exercise for workout in parsed.workouts for entry in workout.sets)
    return {
        "matched": [
            {"name": name, "sets": count} | _match(matches[name]) | {"chosen": matches[name].chosen}
            for name, count in sets.items()
            if name in matches
        ],
        "new": [
            {"name": name, "sets": count, "exercise_id": new[name]}
            | {"suggestions": [*map(_match, suggestions.get(name, ()))]}
            for name, count in sets.items()
            if name in new
        ],
    }


def _match(match: ExerciseMatch) -> dict[str, object]:
    return {
        "exercise_id": match.exercise.id,
        "matched_name": match.exercise.name,
        "source": match.exercise.source,
        "score": match.score,
    }


def _errors(errors: Iterable[LineError], table: CsvTable) -> dict[str, object]:
    """Rejected lines in the order of the file: the first MAX_LISTED_ERRORS and their count."""
    ordered = sorted(errors, key=lambda error: error.line)
    return {
        "unreadable": [
            {
                "line": error.line,
                "text": table.line_text(error.line, MAX_LINE_TEXT),
                "reason": error.reason,
            }
            for error in ordered[:MAX_LISTED_ERRORS]
        ],
        "unreadable_count": len(ordered),
    }


def _dates(parsed: ParsedFile, records: Iterable[DerivedRecord]) -> dict[str, str | None]:
    """The first and the last day of the file."""
    days = [workout.header.date for workout in parsed.workouts]
    days += [measurement.date for measurement in parsed.measurements]
    days += [entry.date for entry in parsed.foods]
    days += [record.date for record in records if record.clock and "date" in record.data]
    return {
        "first_date": min(days).isoformat() if days else None,
        "last_date": max(days).isoformat() if days else None,
    }
