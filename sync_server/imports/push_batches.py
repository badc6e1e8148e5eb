"""Pushes of an import: its changes in batches within the limits of a push."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import orjson

from schema import SCHEMA_VERSION
from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.imports.diff import PlannedChange
from sync_server.imports.parsed_file import LineError
from sync_server.store.postgres import Pool
from sync_server.sync.notify.publisher import Publisher

ENVELOPE_BYTES = 1024
EFFECTIVE_STATUSES = ("applied", "merged")


@dataclass(frozen=True, slots=True)
class PushTarget:
    """User and resources of the pushes of one import."""

    pool: Pool
    config: Config
    publisher: Publisher
    user_id: UserId
    session_id: str


@dataclass(slots=True)
class PushTotals:
    """Totals of the pushes; `effects` counts applied changes by effect and collection."""

    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    unchanged: int = 0
    errors: list[LineError] = field(default_factory=list)


def batches(
    changes: Iterable[PlannedChange], max_changes: int, max_bytes: int
) -> Iterator[list[PlannedChange]]:
    """Batches of changes, in order, each within the limits of a push."""
    batch: list[PlannedChange] = []
    size = ENVELOPE_BYTES
    for change in changes:
        own = len(change.text) + 1
        if batch and (len(batch) >= max_changes or size + own > max_bytes):
            yield batch
            batch, size = [], ENVELOPE_BYTES
        batch.append(change)
        size += own
    if batch:
        yield batch


def envelope(device_id: str, batch: list[PlannedChange]) -> bytes:
    """Body of the push of a batch."""
    changes = b",".join(change.text for change in batch)
    # Without sent_at: the clocks are old on purpose.
    header = orjson.dumps({"device_id": device_id, "schema_version": SCHEMA_VERSION})
    return header[:-1] + b',"changes":[' + changes + b"]}"


def count_results(totals: PushTotals, batch: list[PlannedChange], response: bytes) -> None:
    """Add the results of a batch's push to the totals."""
    for change, result in zip(batch, orjson.loads(response)["results"], strict=True):
        if result["status"] in EFFECTIVE_STATUSES:
            totals.effects[change.effect, change.collection] += 1
        elif result["status"] == "rejected":
            totals.errors.append(LineError(change.line, result["error"]["detail"]))
        else:
            totals.unchanged += 1
