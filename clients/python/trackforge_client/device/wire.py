"""Parsers of the server's responses, strict about their schema."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from trackforge_client.device.json_types import Json
from trackforge_client.device.register_clocks import Clocks, Stamp
from trackforge_client.device.server_record import ServerRecord

STATUSES = frozenset({"applied", "merged", "stale", "unchanged", "conflict", "rejected"})


@dataclass(frozen=True, slots=True)
class Result:
    """Result of one change, with `record` if the server's state differs from the change."""

    status: str
    version: int
    record: ServerRecord | None
    canonical_id: str | None
    error: dict[str, Json]


@dataclass(frozen=True, slots=True)
class PushResponse:
    """Response to a push: one result per change, in the order sent; times in microseconds."""

    version: int
    server_clock: int
    clock_shift_us: int
    results: list[Result]


@dataclass(frozen=True, slots=True)
class PullPage:
    """Page of a pull."""

    changes: list[ServerRecord]
    cursor: str
    has_more: bool
    server_clock: int
    day_views: list[dict[str, Json]] = field(default_factory=list)


def document(body: bytes) -> dict[str, Json]:
    """JSON object of a body; raises ValueError for anything else."""
    value = json.loads(body)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def parse_push(body: bytes, sent: int) -> PushResponse:
    """Response to a push of `sent` changes; raises ValueError if malformed."""
    body_fields = document(body)
    results = [_result(entry) for entry in _objects(body_fields.get("results"))]
    if len(results) != sent:
        raise ValueError(f"{len(results)} results for {sent} changes")
    return PushResponse(
        _int(body_fields.get("version")),
        _int(body_fields.get("server_clock")),
        _int(body_fields.get("clock_shift_us", 0)),
        results,
    )


def parse_pull(body: bytes) -> PullPage:
    """Page of a pull; raises ValueError if malformed."""
    body_fields = document(body)
    return PullPage(
        [_record(entry) for entry in _objects(body_fields.get("changes"))],
        _text(body_fields.get("cursor")),
        body_fields.get("has_more") is True,
        _int(body_fields.get("server_clock")),
        _objects(body_fields.get("day_views", [])),
    )


def parse_record(body: bytes) -> ServerRecord:
    """Record of a JSON text; raises ValueError if malformed."""
    return _record(document(body))


def _result(entry: Mapping[str, Json]) -> Result:
    status = _text(entry.get("status"))
    if status not in STATUSES:
        raise ValueError(f"unknown status {status!r}")
    record, error, canonical = entry.get("record"), entry.get("error"), entry.get("canonical_id")
    return Result(
        status,
        0 if status == "rejected" else _int(entry.get("version")),
        _record(record) if isinstance(record, dict) else None,
        canonical if isinstance(canonical, str) else None,
        error if isinstance(error, dict) else {"code": "rejected", "detail": "Rejected."},
    )


def _record(entry: Mapping[str, Json]) -> ServerRecord:
    device_id, data = entry.get("device_id"), entry.get("data")
    return ServerRecord(
        _text(entry.get("collection")),
        _text(entry.get("id")),
        _int(entry.get("version")),
        _int(entry.get("clock")),
        device_id if isinstance(device_id, str) else None,
        entry.get("deleted") is True,
        data if isinstance(data, dict) else {},
        _clocks(entry.get("clocks")),
    )


def _clocks(value: Json) -> Clocks | None:
    """Stamps by register; None if all registers have the record's own."""
    if not isinstance(value, dict):
        return None
    clocks = {}
    for name, stamp in value.items():
        if not isinstance(stamp, list) or len(stamp) != 2:
            raise ValueError("a stamp is missing")
        clocks[name] = Stamp(_int(stamp[0]), _text(stamp[1]))
    return clocks


def _objects(value: Json) -> list[dict[str, Json]]:
    if not isinstance(value, list):
        raise ValueError("a list is missing")
    return [item for item in value if isinstance(item, dict)]


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is missing")
    return value


def _int(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("a number is missing")
    return value
