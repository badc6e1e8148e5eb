"""Import pipeline: parse the file, compare with the stored records, push changes, serialize.

The computation runs in a process of its own, which ends with the import.
"""

import asyncio
import time

from schema.ids import UserId
from sync_server.imports.diff import ExistingRecord
from sync_server.imports.job import Exercises, FileContent, ImportJob
from sync_server.imports.mapping import check_mapping, read_remembered, remember
from sync_server.imports.push_batches import PushTarget
from sync_server.imports.queries import (
    BATCH_SIZE,
    read_catalogue,
    read_existing_logs,
    read_own_exercises,
    read_stored,
)
from sync_server.imports.records import ImportContext, import_device_id
from sync_server.imports.request import AnyImport
from sync_server.lookups.source_priority import read_priority
from sync_server.lookups.time_zone import read_zone
from sync_server.store.fenced_reads import Reads, read_rows
from sync_server.store.postgres import transaction
from sync_server.sync.push.pipeline import push
from sync_server.web.child_process import ChildProcess, preload

for module in ("sync_server.imports.job", "fitdecode", "gpxpy"):
    preload(module)


async def run_import(target: PushTarget, request: AnyImport) -> bytes:
    """Import a file, or count the changes of a dry run; returns the response body, JSON.

    After an interruption the committed batches stay; repeating the import writes the rest.
    """
    config = target.config
    async with ChildProcess(ImportJob) as job:
        content = await job.call(ImportJob.parse, request, config.imports.import_max_rows)
        context = await _convert(target, job, content, request)
        batch_count = await job.call(
            ImportJob.plan,
            context,
            time.time_ns() // 1000,
            config.sync.push_max_changes,
            config.sync.push_max_bytes,
        )
        if request.dry_run:
            await job.call(ImportJob.count_all)
        else:
            # Before the records: an import that is interrupted and repeated makes the same ones.
            await _remember(target, request)
            await _push_batches(target, job, batch_count)
        return await job.call(ImportJob.serialize)


async def _convert(
    target: PushTarget, job: ChildProcess[ImportJob], content: FileContent, request: AnyImport
) -> ImportContext:
    """Derive the records, and read those that exist."""
    pool, config, user_id = target.pool, target.config, target.user_id
    async with read_rows(pool, config, user_id) as connection:
        zone = await read_zone(connection, user_id)
        exercises = await _read_exercises(connection, user_id, content, request)
        device_id = import_device_id(user_id)
        body_priority = await read_priority(connection, user_id, "body")
        logged = await read_existing_logs(connection, user_id, content.food_days, device_id)
    limit = config.sync.record_max_bytes
    context = ImportContext(user_id, content.format, zone, limit, body_priority)
    record_count = await job.call(ImportJob.convert, context, exercises, logged)
    for start in range(0, record_count, BATCH_SIZE):
        collections, ids = await job.call(ImportJob.keys, start, start + BATCH_SIZE)
        async with read_rows(pool, config, user_id) as connection:
            rows = await read_stored(connection, user_id, collections, ids)
        existing = [((row[0], row[1]), ExistingRecord(*row[2:])) for row in rows]
        if existing:
            await job.call(ImportJob.add_existing, existing)
    return context


async def _read_exercises(
    connection: Reads, user_id: UserId, content: FileContent, request: AnyImport
) -> Exercises:
    """Exercises that names are matched with; raises InvalidRequest for a mapping to others."""
    if not (content.has_workouts or request.mapping):
        return Exercises([], [], {})
    own = await read_own_exercises(connection, user_id)
    catalogue = await read_catalogue(connection)
    check_mapping(request.mapping, {exercise.id for exercise in (*own, *catalogue)})
    remembered = await read_remembered(connection, user_id)
    return Exercises(own, catalogue, remembered | request.mapping)


async def _remember(target: PushTarget, request: AnyImport) -> None:
    if request.mapping:
        async with transaction(target.pool, target.config, target.user_id) as connection:
            await remember(connection, target.user_id, request.mapping)


async def _push_batches(target: PushTarget, job: ChildProcess[ImportJob], batch_count: int) -> None:
    """Push all changes in batches, each a transaction of its own."""
    for number in range(batch_count):
        body = await job.call(ImportJob.envelope, number)
        result = await push(
            target.pool,
            target.config,
            target.user_id,
            body,
            time.time_ns() // 1000,
            target.session_id,
        )
        if result.changed:
            target.publisher.publish(target.user_id, result.version)
        await job.call(ImportJob.count_results, number, result.response.body)
        await asyncio.sleep(0)  # other requests go first
