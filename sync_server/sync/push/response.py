"""A push's answer as JSON text, an entry per change in the order sent."""

from typing import NamedTuple

import orjson

from sync_server.sync.engine.resolve import Outcome
from sync_server.sync.push.request import Refusal, Refused
from sync_server.sync.push.validation import Prepared


class Result(NamedTuple):
    """A change, whether it was usable, and what came of it."""

    change: Prepared | Refused
    outcome: Outcome


def result_text(result: Result) -> str:
    """One entry of `results`."""
    change, outcome = result.change, result.outcome
    if isinstance(change, Refused):
        return _rejected(change.collection, change.id, change.refusal)
    sent = change.sent
    if outcome.refusal is not None:
        return _rejected(sent.collection, sent.id, outcome.refusal)
    head = f'{{"collection":"{sent.collection}","id":"{sent.id}","status":"{outcome.status}"'
    record = outcome.record
    tail = ""
    if record is not None:
        tail += f',"version":{record.version}'
        if record.id != sent.id:
            tail += f',"canonical_id":"{record.id}"'
    if outcome.status in ("merged", "stale", "conflict"):
        tail += f',"record":{record.as_change() if record else "null"}'
    return head + tail + "}"


def _rejected(collection: object, id: object, refusal: Refusal) -> str:
    return orjson.dumps(
        {
            "collection": collection,
            "id": id,
            "status": "rejected",
            "error": error_document(refusal),
        }
    ).decode()


def error_document(refusal: Refusal) -> dict[str, object]:
    """A refusal as the `error` of a result."""
    document: dict[str, object] = {"code": refusal.code, "detail": refusal.detail}
    if refusal.errors:
        document["errors"] = refusal.errors
    return document


def answer_text(results: list[Result], version: int, now_us: int, shift: int) -> bytes:
    """The whole answer of a push."""
    entries = ",".join(map(result_text, results))
    return (
        f'{{"version":{version},"server_clock":{now_us},"clock_shift_us":{shift},'
        f'"results":[{entries}]}}'
    ).encode()
