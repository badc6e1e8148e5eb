"""Documents of devices: their facts as the API shows them."""

import datetime
from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson

from sync_server.web.openapi import NamedSchema, object_schema

_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_COUNT = {"type": ["integer", "null"], "minimum": 0}
_TEXT = {"type": ["string", "null"]}
_KIND = {"type": "string", "enum": ["push", "pull", "sync"]}
_DEVICE_ID = {"type": "string", "format": "uuid"}
FAILURE = object_schema(
    {"at": {"type": "string", "format": "date-time"}, "kind": _KIND, "code": {"type": "string"}},
    description="The last request of the device that the server rejected, with its error code",
)
PUSH_KINDS = ("webpush", "unifiedpush", "fcm", "apns")
PUSH_STATE = NamedSchema(
    "SyncDevicePush",
    object_schema(
        {
            "kind": {"type": "string", "enum": list(PUSH_KINDS)},
            "created_at": {"type": "string", "format": "date-time"},
            "sent_at": _MOMENT | {"description": "Last message that the push service took"},
            "failures": {
                "type": "integer",
                "minimum": 0,
                "description": "Attempts since then that the push service did not take",
            },
            "dropped_at": _MOMENT
            | {"description": "Time at which the push service called the key dead"},
            "dropped_reason": _TEXT,
        },
        description="The device's key at its push service, without the key itself",
    ),
)
DEVICE = NamedSchema(
    "SyncDevice",
    object_schema(
        {
            "device_id": _DEVICE_ID,
            "name": _TEXT | {"description": "By its report, else by the log-in of its session"},
            "current": {"type": "boolean", "description": "True for the session of this request"},
            "first_seen_at": {"type": "string", "format": "date-time"},
            "seen_at": {"type": "string", "format": "date-time"},
            "pushed_at": _MOMENT,
            "pulled_at": _MOMENT,
            "behind": _COUNT
            | {"description": "Versions that it has not acknowledged, null if it never did"},
            "collections": {
                "type": ["array", "null"],
                "items": {"type": "string"},
                "description": "Filter of its last pull, null for all",
            },
            "waiting": _COUNT | {"description": "Unsent changes by its last report"},
            "oldest_waiting_at": _MOMENT,
            "last_error": _TEXT,
            "last_error_at": _MOMENT,
            "app_version": _TEXT,
            "schema_version": _COUNT,
            "clock_offset_us": {
                "type": ["integer", "null"],
                "description": "The server's clock minus the device's",
            },
            "reported_at": _MOMENT,
            "last_failure": {"anyOf": [FAILURE, {"type": "null"}]},
            "push": {"anyOf": [PUSH_STATE, {"type": "null"}]},
        }
    ),
)
DEVICES = NamedSchema("SyncDevices", object_schema({"devices": {"type": "array", "items": DEVICE}}))


def device_document(row: asyncpg.Record, session_id: str | None) -> dict[str, object]:
    """The device of a row of `queries.READ`, for a request of the session."""
    report = json_of(row["report"]) or {}
    failure = json_of(row["failure"])
    acked = row["acked_version"]
    offset = report.get("clock_offset_us")
    return {
        "device_id": row["device_id"],
        "name": report.get("name") or row["device_name"],
        "current": row["session_id"] is not None and row["session_id"] == session_id,
        "first_seen_at": row["first_seen_at"],
        "seen_at": row["seen_at"],
        "pushed_at": row["pushed_at"],
        "pulled_at": row["pulled_at"],
        "behind": None if acked is None else max(0, row["head"] - acked),
        "collections": filter_of(row),
        "waiting": report.get("waiting"),
        "oldest_waiting_at": moment_of(report.get("oldest_at")),
        "last_error": report.get("last_error"),
        "last_error_at": moment_of(report.get("last_error_at")),
        "app_version": report.get("app_version"),
        "schema_version": report.get("schema_version"),
        "clock_offset_us": row["offset_us"] if offset is None else offset,
        "reported_at": moment_of(report.get("at")),
        "last_failure": _failure(failure),
        "push": push_state(row),
    }


def push_state(row: asyncpg.Record) -> dict[str, object] | None:
    """State of the push key in a row with columns `push_…`, None without a key."""
    if row["push_kind"] is None:
        return None
    names = ("kind", "created_at", "sent_at", "failures", "dropped_at", "dropped_reason")
    return {name: row[f"push_{name}"] for name in names}


def filter_of(row: asyncpg.Record) -> list[str] | None:
    """Collections that the device pulls, None for all of them."""
    stored = json_of(row["collections"])
    names: list[str] | None = stored[0] if stored else None
    return names


def json_of(text: str | None) -> Any:
    """The JSON of a column, None for an empty one."""
    return None if text is None else orjson.loads(text)


def moment_of(text: object) -> datetime.datetime | None:
    """The time of a text in JSON, None without one."""
    return datetime.datetime.fromisoformat(text) if isinstance(text, str) else None


def _failure(stored: Mapping[str, object] | None) -> dict[str, object] | None:
    if stored is None:
        return None
    return {
        "at": moment_of(stored["at"]),
        "kind": stored["kind"],
        "code": stored["code"],
    }
