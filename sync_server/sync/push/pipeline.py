"""Pushing: one transaction takes a batch, its answer and the user's new version."""

import hashlib

import asyncpg
from backports import zstd

from schema import SCHEMA_VERSION
from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, Pool
from sync_server.sync.engine.batch import decide, keys_of
from sync_server.sync.engine.clock import clamped, clock_shift
from sync_server.sync.engine.cursor import BadCursor, decode_any_filter
from sync_server.sync.push.commit import Answer, Push, write
from sync_server.sync.push.request import Change, Refused, data_size, decode_change, decode_envelope
from sync_server.sync.push.response import answer_text
from sync_server.sync.push.user_lock import holding, read_held
from sync_server.sync.push.validation import Batch, Prepared, prepare
from sync_server.web.body import check_depth
from sync_server.web.errors import (
    InvalidCursor,
    RecordTooLarge,
    ResyncFirst,
    TooManyChanges,
)


def fingerprint(body: bytes) -> bytes:
    """What tells whether two requests under one key carry the same push."""
    return hashlib.sha256(body).digest()


def read_push(user_id: UserId, key: str, body: bytes, config: Config, now_us: int) -> Push:
    """Check a push's envelope against the limits."""
    envelope = decode_envelope(body)
    if len(envelope.changes) > config.push_max_changes:
        raise TooManyChanges(f"A push carries at most {config.push_max_changes} changes.")
    for index, change in enumerate(envelope.changes):
        if data_size(change) > config.record_max_bytes:
            reason = f"A record is at most {config.record_max_bytes} bytes."
            raise RecordTooLarge(reason, errors={"changes": {str(index): [reason]}})
    cursor = None
    if envelope.base_cursor:
        try:
            cursor = decode_any_filter(envelope.base_cursor, user_id)
        except BadCursor as error:
            raise InvalidCursor(str(error)) from None
    return Push(user_id, key, fingerprint(body), envelope, cursor, now_us)


def prepare_all(push: Push, body: bytes, config: Config) -> tuple[Batch, list[Prepared | Refused]]:
    """Every change of the push, validated; raises NestingTooDeep."""
    envelope = push.envelope
    shift = clock_shift(envelope.sent_at, push.now_us)
    sent = [decode_change(raw) for raw in envelope.changes]
    clocks = (change.clock for change in sent if isinstance(change, Change))
    batch = Batch(
        user_id=push.user_id,
        device_id=envelope.device_id,
        schema_version=envelope.schema_version or SCHEMA_VERSION,
        shift=shift,
        now_us=push.now_us,
        base_version=push.cursor.version if push.cursor else None,
        ahead=clamped(clocks, shift, push.now_us),
    )
    changes = [it if isinstance(it, Refused) else prepare(it, batch) for it in sent]
    if any(isinstance(change, Refused) for change in changes):
        check_depth(body, config.json_max_depth)  # only what was refused can be too deep
    return batch, changes


async def push(
    pool: Pool, config: Config, user_id: UserId, key: str, body: bytes, now_us: int
) -> Answer:
    """Take a push, or find the answer that it had before."""
    return await take(pool, config, read_push(user_id, key, body, config, now_us), body)


async def take(pool: Pool, config: Config, pending: Push, body: bytes) -> Answer:
    """Take a push that was read from the body, or find the answer that it had before."""
    batch, changes = prepare_all(pending, body, config)

    async def act(connection: Connection) -> Answer:
        return await _transact(connection, pending, batch, changes)

    return await holding(pool, config, pending.user_id, act)


async def _transact(
    connection: Connection, push: Push, batch: Batch, changes: list[Prepared | Refused]
) -> Answer:
    held = await read_held(
        connection, push.user_id, batch.device_id, push.key, push.fingerprint, keys_of(changes)
    )
    if held.answer is not None:
        return Answer(push.fingerprint, held.answer, held.version, replayed=True)
    _refuse_the_long_absent(held.head, push)
    decided = decide(changes, held.stored, batch, held.version, push.envelope.atomic)
    text = answer_text(decided.results, decided.version, push.now_us, batch.shift)
    answer = Answer(
        push.fingerprint, zstd.compress(text, 1), decided.version, changed=bool(decided.records)
    )
    await write(connection, push, decided, answer)
    return answer


def _refuse_the_long_absent(head: asyncpg.Record, push: Push) -> None:
    acked = head["acked_version"]
    if acked is not None and acked < head["purged_version"]:
        raise ResyncFirst
    cursor = push.cursor
    if cursor is not None and (
        cursor.epoch != head["epoch"]
        or cursor.version > head["head"]
        or cursor.safe_version < head["purged_version"]
    ):
        raise ResyncFirst("The push's base_cursor lies before the oldest purged tombstone.")
