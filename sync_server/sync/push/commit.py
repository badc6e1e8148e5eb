"""What a push leaves in the database, all in the push's own transaction."""

import datetime
import hashlib
import uuid
from dataclasses import dataclass

import orjson
from backports import zstd

from schema.ids import UserId
from sync_server.store.postgres import Connection
from sync_server.sync.engine.batch import Decided
from sync_server.sync.engine.cursor import Cursor
from sync_server.sync.engine.resolve import Stored
from sync_server.sync.push import sql as statements
from sync_server.sync.push.request import Envelope
from sync_server.sync.push.response import Result, error_document


@dataclass(frozen=True, slots=True)
class Answer:
    """A push's answer as stored: `body` is JSON text, compressed with zstd."""

    fingerprint: bytes
    body: bytes
    version: int
    replayed: bool = False
    changed: bool = False
    status: int = 200

    @property
    def text(self) -> bytes:
        """The JSON text."""
        return zstd.decompress(self.body)


@dataclass(frozen=True, slots=True)
class Push:
    """A push that has been read and checked as far as that goes without the database.

    Without a `key` its answer is not kept.
    """

    user_id: UserId
    key: str | None
    fingerprint: bytes
    envelope: Envelope
    cursor: Cursor | None
    now_us: int


async def write(connection: Connection, push: Push, decided: Decided, answer: Answer) -> None:
    """Write the records, the answer and the head; keep what was rejected and what was left."""
    now = datetime.datetime.fromtimestamp(push.now_us / 1e6, datetime.UTC)
    user_id = push.user_id
    if any(result.outcome.refusal for result in decided.results):
        await _keep_rejected(connection, push, decided.results, now)
    if decided.vacated:
        await connection.execute(
            statements.KEEP_VACATED,
            user_id,
            [vacated.version for vacated in decided.vacated],
            [vacated.day for vacated in decided.vacated],
            [vacated.parent_id for vacated in decided.vacated],
        )
    # Sorted, so that no two transactions take row locks in opposite orders.
    rows = ",".join([_row_text(decided.records[key]) for key in sorted(decided.records)])
    await connection.execute(
        statements.WRITE,
        user_id,
        f"[{rows}]",
        now,
        decided.version,
        push.key,
        answer.fingerprint,
        answer.body,
        answer.status,
    )


def _row_text(record: Stored) -> str:
    day = f',"day":"{record.day}"' if record.day else ""
    parent_id = f',"parent_id":"{record.parent_id}"' if record.parent_id else ""
    clocks = f',"field_clocks":{record.field_clocks}' if record.field_clocks else ""
    return record.as_change()[:-1] + day + parent_id + clocks + "}"


async def _keep_rejected(
    connection: Connection, push: Push, results: list[Result], now: datetime.datetime
) -> None:
    rejected = {}
    for raw, result in zip(push.envelope.changes, results, strict=True):
        if result.outcome.refusal is not None:
            change = bytes(raw)
            digest = hashlib.sha256(change).hexdigest()
            rejected[str(uuid.uuid5(uuid.UUID(push.user_id), digest))] = (
                change,
                orjson.dumps(error_document(result.outcome.refusal)).decode(),
            )
    await connection.execute(
        statements.KEEP_REJECTED,
        push.user_id,
        push.envelope.device_id,
        now,
        list(rejected),
        [change for change, _ in rejected.values()],
        [error for _, error in rejected.values()],
    )
