"""An import from start to end: read the file, see what is there, write what is not, tell.

What computes runs in a thread, so that the loop goes on answering everybody else.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable

import orjson

from sync_server.imports.convert import Meant, meaning, read_log
from sync_server.imports.csv_table import Table
from sync_server.imports.diff import Plan, planned
from sync_server.imports.exercise_matching.match import Exercise, Exercises
from sync_server.imports.parsed_file import Log
from sync_server.imports.push_batches import Pushed, Target, push_all
from sync_server.imports.queries import (
    read_catalogue,
    read_own_exercises,
    read_stored,
    read_zone,
)
from sync_server.imports.records import Importer, device_of
from sync_server.imports.request import Asked
from sync_server.imports.schemas import COLLECTIONS, days_told, exercises_told, troubles_told
from sync_server.store.postgres import reading


async def run_import(target: Target, asked: Asked) -> bytes:
    """Import a file, or see what that would do; answers the JSON text of the answer."""
    pool, config, user_id = target.pool, target.config, target.user_id
    table, log = await asyncio.to_thread(
        read_log, asked.content, asked.format, asked.weight_unit, config.import_max_rows
    )
    async with reading(pool, config, user_id) as connection:
        zone = await read_zone(connection, user_id)
        own = await read_own_exercises(connection, user_id) if log.workouts else []
        catalogue = await read_catalogue(connection) if log.workouts else []
    importer = Importer(user_id, asked.format, zone, config.record_max_bytes)
    meant = await asyncio.to_thread(_meant, log, importer, own, catalogue)
    keys = [(one.collection, one.id) for one in meant.records]
    async with reading(pool, config, user_id) as connection:
        stored = await read_stored(connection, user_id, keys)
    device_id, now_us = device_of(user_id), time.time_ns() // 1000
    plan = await asyncio.to_thread(planned, meant.records, stored, device_id, now_us)
    pushed = _would_be(plan) if asked.dry_run else await push_all(target, device_id, plan.changes)
    pushed.unchanged += plan.unchanged
    return await asyncio.to_thread(_told, asked, table, log, meant, pushed)


def _meant(
    log: Log, importer: Importer, own: Iterable[Exercise], catalogue: Iterable[Exercise]
) -> Meant:
    return meaning(log, importer, Exercises(own, catalogue))


def _would_be(plan: Plan) -> Pushed:
    """What the changes would come to, unless somebody writes in the meantime."""
    return Pushed(Counter((change.does, change.collection) for change in plan.changes))


def _told(asked: Asked, table: Table, log: Log, meant: Meant, pushed: Pushed) -> bytes:
    done = pushed.done
    return orjson.dumps(
        {
            "format": asked.format,
            "dry_run": asked.dry_run,
            "made": {name: done["makes", name] for name in COLLECTIONS},
            "corrected": sum(done["corrects", name] for name in COLLECTIONS),
            "unchanged": pushed.unchanged,
            "exercises": exercises_told(log, meant.matches, meant.new),
            **troubles_told([*meant.troubles, *pushed.troubles], table),
            **days_told(log),
        }
    )
