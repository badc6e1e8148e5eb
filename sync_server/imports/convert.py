"""Conversion of a file into records: pure functions, from bytes to validated records."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from sync_server.imports.body_records import body_records
from sync_server.imports.csv_table import NO_TABLE, CsvTable, NotCsv, RowLimitExceeded
from sync_server.imports.exercise_matching.exercise_index import ExerciseMatch
from sync_server.imports.exercise_matching.match import ExerciseMatcher
from sync_server.imports.exported_records import exported_records
from sync_server.imports.food_records import ExistingLog, food_records
from sync_server.imports.formats import apple_health, health_connect
from sync_server.imports.formats.registry import UnknownFormat, parse_file
from sync_server.imports.parsed_file import LineError, ParsedFile, UnitRequired
from sync_server.imports.records import (
    DerivedRecord,
    ImportContext,
    exercise_id,
    new_exercise_records,
    workout_records,
)
from sync_server.web.errors import InvalidRequest, TooManyRows

ARCHIVE_FORMATS: Mapping[str, Callable[[Path, int], ParsedFile]] = {
    apple_health.NAME: apple_health.parse_file,
    health_connect.NAME: health_connect.parse_file,
}
"""Parsers of phones' health exports, which have a route each."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """Records of a file for one user; `new` maps unmatched exercise names to their new ids."""

    records: list[DerivedRecord]
    errors: list[LineError]
    matches: Mapping[str, ExerciseMatch]
    new: Mapping[str, str]


def parse_upload(
    content: bytes, format: str | None, default_unit: str | None, max_rows: int
) -> tuple[CsvTable, str, ParsedFile]:
    """The CSV table, its format and its parsed values; raises InvalidRequest or TooManyRows."""
    try:
        return parse_file(content, format, default_unit, max_rows)
    except NotCsv as error:
        raise InvalidRequest(str(error), errors={"file": [str(error)]}) from None
    except UnknownFormat as error:
        raise InvalidRequest(str(error), errors={"format": [str(error)]}) from None
    except UnitRequired:
        reason = "The file does not say in which unit its weights are: kg or lb?"
        raise InvalidRequest(reason, errors={"weight_unit": [reason]}) from None
    except RowLimitExceeded:
        raise TooManyRows(f"A file has at most {max_rows} rows.") from None


def parse_archive(path: Path, format: str, max_rows: int) -> tuple[CsvTable, str, ParsedFile]:
    """Values of a phone's health export; raises InvalidRequest or TooManyRows."""
    try:
        return NO_TABLE, format, ARCHIVE_FORMATS[format](path, max_rows)
    except (apple_health.NotAppleHealth, health_connect.NotHealthConnect) as error:
        raise InvalidRequest(str(error)) from None
    except RowLimitExceeded:
        raise TooManyRows(f"An export has at most {max_rows} values and workouts.") from None


def convert(
    parsed: ParsedFile,
    context: ImportContext,
    matcher: ExerciseMatcher,
    logged: Iterable[ExistingLog] = (),
) -> Conversion:
    """Records of a parsed file; exercise names are matched, unmatched ones become new records.

    `logged` has the live food logs of the days of its diary.
    """
    matches, new = _exercises(parsed, context, matcher)
    first_spelling: dict[str, str] = {}
    for name, own_id in new.items():
        first_spelling.setdefault(own_id, name)
    ids = new | {name: match.exercise.id for name, match in matches.items()}
    workout_rows = list(workout_records(parsed, context, ids))
    used_ids = {str(record.data["exercise_id"]) for record in workout_rows if _is_set(record)}
    results = [
        *new_exercise_records(parsed, context, first_spelling, used_ids),
        *workout_rows,
        *body_records(parsed, context),
        *food_records(parsed.foods, context, logged),
        *exported_records(parsed.records, context),
    ]
    return Conversion(
        [result for result in results if isinstance(result, DerivedRecord)],
        [
            *parsed.errors,
            *(result for result in results if isinstance(result, LineError)),
        ],
        matches,
        new,
    )


def _exercises(
    parsed: ParsedFile, context: ImportContext, matcher: ExerciseMatcher
) -> tuple[dict[str, ExerciseMatch], dict[str, str]]:
    """Matches by name of exercise, and the ids of new exercises for the other names."""
    names = dict.fromkeys(
        logged_set.exercise for workout in parsed.workouts for logged_set in workout.sets
    )
    matches: dict[str, ExerciseMatch] = {}
    new: dict[str, str] = {}
    for name in names:
        own_id = exercise_id(context.user_id, name)
        match = matcher.match(name, own_id)
        if match is not None:
            matches[name] = match
        else:
            new[name] = own_id
    return matches, new


def _is_set(result: DerivedRecord | LineError) -> TypeGuard[DerivedRecord]:
    return isinstance(result, DerivedRecord) and result.collection == "workout_sets"
