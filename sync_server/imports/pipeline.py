"""Import pipeline: parse the file, compare with the stored records, push changes, serialize.

Pure computation runs in a thread, so that the event loop stays free.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable

from sync_server.imports.convert import Conversion, convert, parse_upload
from sync_server.imports.diff import ImportPlan, plan_changes
from sync_server.imports.exercise_matching.match import ExerciseMatcher, KnownExercise
from sync_server.imports.food_records import ExistingLog
from sync_server.imports.parsed_file import ParsedFile
from sync_server.imports.push_batches import PushTarget, PushTotals, push_changes
from sync_server.imports.queries import (
    read_catalogue,
    read_existing_logs,
    read_own_exercises,
    read_stored,
    read_zone,
)
from sync_server.imports.records import ImportContext, import_device_id
from sync_server.imports.request import ImportRequest
from sync_server.imports.serialize import ImportSource, serialize_import
from sync_server.store.postgres import read_transaction


async def run_import(target: PushTarget, request: ImportRequest) -> bytes:
    """Import a file, or count the changes of a dry run; returns the response body, JSON."""
    pool, config, user_id = target.pool, target.config, target.user_id
    table, format, parsed = await asyncio.to_thread(
        parse_upload, request.content, request.format, request.weight_unit, config.import_max_rows
    )
    async with read_transaction(pool, config, user_id) as connection:
        zone = await read_zone(connection, user_id)
        own = await read_own_exercises(connection, user_id) if parsed.workouts else []
        catalogue = await read_catalogue(connection) if parsed.workouts else []
        days = sorted({entry.date for entry in parsed.foods})
        logged = await read_existing_logs(connection, user_id, days, import_device_id(user_id))
    context = ImportContext(user_id, format, zone, config.record_max_bytes)
    conversion = await asyncio.to_thread(_convert, parsed, context, own, catalogue, logged)
    keys = [(record.collection, record.id) for record in conversion.records]
    async with read_transaction(pool, config, user_id) as connection:
        existing = await read_stored(connection, user_id, keys)
    device_id, now_us = import_device_id(user_id), time.time_ns() // 1000
    plan = await asyncio.to_thread(plan_changes, conversion.records, existing, device_id, now_us)
    totals = (
        _dry_run_totals(plan)
        if request.dry_run
        else await push_changes(target, device_id, plan.changes)
    )
    totals.unchanged += plan.unchanged
    source = ImportSource(format, request.dry_run, table)
    return await asyncio.to_thread(serialize_import, source, parsed, conversion, totals)


def _convert(
    parsed: ParsedFile,
    context: ImportContext,
    own: Iterable[KnownExercise],
    catalogue: Iterable[KnownExercise],
    logged: Iterable[ExistingLog],
) -> Conversion:
    return convert(parsed, context, ExerciseMatcher(own, catalogue), logged)


def _dry_run_totals(plan: ImportPlan) -> PushTotals:
    """Totals of a dry run: every planned change is counted as applied."""
    return PushTotals(Counter((change.effect, change.collection) for change in plan.changes))
