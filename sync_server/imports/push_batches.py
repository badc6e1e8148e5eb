"""Changes on their way into the records: as ordinary pushes, a batch at a time."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import orjson

from schema import SCHEMA_VERSION
from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.imports.diff import Change
from sync_server.imports.parsed_file import Trouble
from sync_server.store.postgres import Pool
from sync_server.sync.notify.publisher import Announcer
from sync_server.sync.push.pipeline import push
from sync_server.web.idempotency import Remembered

ENVELOPE_BYTES = 1024
DONE = ("applied", "merged")


@dataclass(frozen=True, slots=True)
class Target:
    """Whose records, and the way to them."""

    pool: Pool
    config: Config
    announcer: Announcer
    user_id: UserId


@dataclass(slots=True)
class Pushed:
    """What came of it: changes that took effect, by what they do and their collection."""

    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    unchanged: int = 0
    troubles: list[Trouble] = field(default_factory=list)


async def push_all(target: Target, device_id: str, changes: list[Change]) -> Pushed:
    """Push all changes, each batch under a key of its own.

    Should this end halfway, what is written is right, and the same import again writes the rest.
    """
    pushed = Pushed()
    request = uuid.uuid4()
    for number, batch in enumerate(batches(changes, target.config)):
        key = f"import-{request}-{number}"
        now_us = time.time_ns() // 1000
        body = _body(device_id, batch)
        answer = await push(target.pool, target.config, target.user_id, key, body, now_us)
        target.announcer.announce(
            target.user_id,
            key,
            Remembered(answer.fingerprint, answer.version, answer.body),
            moved=answer.changed,
        )
        _count(pushed, batch, answer.text)
        await asyncio.sleep(0)  # whoever else waits for the loop goes first
    return pushed


def batches(changes: Iterable[Change], config: Config) -> Iterator[list[Change]]:
    """The changes in their order, as many at a time as the limits of a push allow."""
    batch: list[Change] = []
    size = ENVELOPE_BYTES
    for change in changes:
        own = len(change.text) + 1
        if batch and (len(batch) >= config.push_max_changes or size + own > config.push_max_bytes):
            yield batch
            batch, size = [], ENVELOPE_BYTES
        batch.append(change)
        size += own
    if batch:
        yield batch


def _body(device_id: str, batch: list[Change]) -> bytes:
    changes = b",".join(change.text for change in batch)
    # Without sent_at: the clocks are meant to be old.
    head = orjson.dumps({"device_id": device_id, "schema_version": SCHEMA_VERSION})
    return head[:-1] + b',"changes":[' + changes + b"]}"


def _count(pushed: Pushed, batch: list[Change], answer: bytes) -> None:
    for change, result in zip(batch, orjson.loads(answer)["results"], strict=True):
        if result["status"] in DONE:
            pushed.done[change.does, change.collection] += 1
        elif result["status"] == "rejected":
            pushed.troubles.append(Trouble(change.line, result["error"]["detail"]))
        else:
            pushed.unchanged += 1
