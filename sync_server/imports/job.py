"""Import job: the computation of one import, in a process of its own.

Only JSON text, ids and counts leave the process: a file of 100,000 rows never is objects in the
server.
"""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from sync_server.imports.convert import Conversion, convert, parse_archive, parse_upload
from sync_server.imports.diff import ExistingRecord, ImportPlan, RecordKey, plan_changes
from sync_server.imports.exercise_matching.exercise_index import ExerciseMatch, KnownExercise
from sync_server.imports.exercise_matching.match import ExerciseMatcher
from sync_server.imports.food_records import ExistingLog
from sync_server.imports.mapping import Choices
from sync_server.imports.parsed_file import ParsedFile
from sync_server.imports.push_batches import PushTotals, batches, count_results, envelope
from sync_server.imports.records import ImportContext, import_device_id
from sync_server.imports.request import AnyImport, ArchiveRequest
from sync_server.imports.serialize import ImportSource, serialize_import

# Unmatched names with suggestions; a log seldom has more than a hundred.
MAX_SUGGESTED = 500


@dataclass(frozen=True, slots=True)
class FileContent:
    """Format of a file, true if it has workouts, and the days of its food diary."""

    format: str
    has_workouts: bool
    food_days: list[datetime.date]


@dataclass(frozen=True, slots=True)
class Exercises:
    """Exercises that names are matched with, and the user's choices by normalized name."""

    own: list[KnownExercise]
    catalogue: list[KnownExercise]
    chosen: Choices


class ImportJob:
    """State of one import between its steps, which are called in the order of the methods."""

    _source: ImportSource
    _parsed: ParsedFile
    _conversion: Conversion

    def __init__(self) -> None:
        self._existing: dict[RecordKey, ExistingRecord] = {}
        self._plan, self._totals = ImportPlan(), PushTotals()
        self._suggestions: dict[str, list[ExerciseMatch]] = {}

    def parse(self, request: AnyImport, max_rows: int) -> FileContent:
        """Parse the file; raises InvalidRequest or TooManyRows."""
        table, format, self._parsed = (
            parse_archive(request.path, request.format, max_rows)
            if isinstance(request, ArchiveRequest)
            else parse_upload(request.content, request.format, request.weight_unit, max_rows)
        )
        self._source = ImportSource(format, request.dry_run, table)
        days = sorted({entry.date for entry in self._parsed.foods})
        return FileContent(format, bool(self._parsed.workouts), days)

    def convert(
        self, context: ImportContext, exercises: Exercises, logged: list[ExistingLog]
    ) -> int:
        """Derive the records; returns their number."""
        self._parsed = self._parsed.in_zone(context.zone)
        matcher = ExerciseMatcher(exercises.own, exercises.catalogue, exercises.chosen)
        self._conversion = convert(self._parsed, context, matcher, logged)
        self._suggestions = {
            name: matcher.suggest(name) for name in islice(self._conversion.new, MAX_SUGGESTED)
        }
        return len(self._conversion.records)

    def keys(self, start: int, end: int) -> tuple[list[str], list[str]]:
        """Collections and ids of some of the records."""
        records = self._conversion.records[start:end]
        return [record.collection for record in records], [record.id for record in records]

    def add_existing(self, rows: list[tuple[RecordKey, ExistingRecord]]) -> None:
        """Add stored versions of records."""
        self._existing.update(rows)

    def plan(self, context: ImportContext, now_us: int, max_changes: int, max_bytes: int) -> int:
        """Compare the records with the stored ones; returns the number of batches to push."""
        device_id = import_device_id(context.user_id)
        self._plan = plan_changes(
            self._conversion.records, self._existing, device_id, now_us, context.body_priority
        )
        self._totals.unchanged = self._plan.unchanged
        self._batches = list(batches(self._plan.changes, max_changes, max_bytes))
        self._device_id = device_id
        return len(self._batches)

    def envelope(self, number: int) -> bytes:
        """Body of a push, by the number of its batch."""
        return envelope(self._device_id, self._batches[number])

    def count_results(self, number: int, response: bytes) -> None:
        """Count the results of a batch's push."""
        count_results(self._totals, self._batches[number], response)

    def count_all(self) -> None:
        """Count every planned change as applied, for a dry run."""
        effects: Sequence[tuple[str, str]] = [
            (change.effect, change.collection) for change in self._plan.changes
        ]
        self._totals.effects = Counter(effects)

    def serialize(self) -> bytes:
        """The response body, JSON."""
        return serialize_import(
            self._source, self._parsed, self._conversion, self._totals, self._suggestions
        )
