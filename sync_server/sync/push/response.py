"""JSON text of a push's response: one entry per change, in the order sent."""

import orjson

from sync_server.sync.engine.batch import BatchResult, ChangeResult
from sync_server.sync.engine.changes import BatchContext, InvalidChange, Rejection


def response_text(batch: BatchResult, context: BatchContext) -> bytes:
    """The whole response."""
    entries = ",".join(map(result_text, batch.results))
    return (
        f'{{"version":{batch.version},"server_clock":{context.now_us},'
        f'"clock_shift_us":{batch.shift},"results":[{entries}]}}'
    ).encode()


def result_text(result: ChangeResult) -> str:
    """One entry of `results`."""
    change, resolution = result.change, result.resolution
    if isinstance(change, InvalidChange):
        return _rejected(change.collection, change.id, change.rejection)
    sent = change.sent
    if resolution.rejection is not None:
        return _rejected(sent.collection, sent.id, resolution.rejection)
    head = f'{{"collection":"{sent.collection}","id":"{sent.id}","status":"{resolution.status}"'
    record = resolution.record
    tail = ""
    if record is not None:
        tail += f',"version":{record.version}'
        if record.id != sent.id:
            tail += f',"canonical_id":"{record.id}"'
    if resolution.has_news or resolution.status in ("merged", "stale", "conflict"):
        tail += f',"record":{record.text if record else "null"}'
    return head + tail + "}"


def error_document(rejection: Rejection) -> dict[str, object]:
    """The `error` of a rejected result."""
    document: dict[str, object] = {"code": rejection.code, "detail": rejection.detail}
    if rejection.errors:
        document["errors"] = rejection.errors
    return document


def _rejected(collection: object, id: object, rejection: Rejection) -> str:
    return orjson.dumps(
        {
            "collection": collection,
            "id": id,
            "status": "rejected",
            "error": error_document(rejection),
        }
    ).decode()
