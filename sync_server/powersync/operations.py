"""Bucket operations as PowerSync's clients apply them, and their checksums: pure.

One bucket holds all records of a user. An operation's id is the record's version; its checksum is
the first four bytes of the SHA-256 of the record (computed by PostgreSQL, see `sql`). A client adds
up the checksums of every operation that it has been sent since its bucket was last cleared, and
compares the sum with the checkpoint's. Records that changed again meanwhile are sent once, in
their last state, so two clients at one version may have different sums. A MOVE, which carries
nothing but a checksum, brings each of them to the sum that is stored for that version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import orjson

from schema import COLLECTIONS

CHECKSUM_RANGE = 2**32
PRIORITY = 3
"""The SDK's default: lower numbers sync first."""

STREAM = "records"
"""Name of the one stream that every client is subscribed to."""


class Row(NamedTuple):
    """A record to send. `data` is JSON text, `checksum` an unsigned 32-bit number."""

    collection: str
    id: str
    version: int
    deleted: bool
    checksum: int
    data: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """State of the bucket that a client reaches at `version`, with the checksum it then has."""

    version: int
    checksum: int


def bucket_name(user_id: str, epoch: int) -> str:
    """Name of the user's bucket; a restored database has a new epoch and so a new bucket."""
    return f'{STREAM}["{user_id}",{epoch}]'


def added(checksum: int, rows: list[Row]) -> int:
    """The checksum of a client after it has applied the rows."""
    return (checksum + sum(row.checksum for row in rows)) % CHECKSUM_RANGE


def checkpoint_line(bucket: str, checkpoint: Checkpoint) -> Mapping[str, object]:
    """The line that announces a checkpoint and names the stream that its bucket belongs to."""
    return {
        "checkpoint": {
            "last_op_id": str(checkpoint.version),
            "write_checkpoint": write_checkpoint(checkpoint.version),
            "buckets": [_bucket(bucket, checkpoint)],
            "streams": [{"name": STREAM, "is_default": True, "errors": []}],
        }
    }


def checkpoint_diff_line(bucket: str, checkpoint: Checkpoint) -> Mapping[str, object]:
    """The line that announces a later checkpoint of the same bucket."""
    return {
        "checkpoint_diff": {
            "last_op_id": str(checkpoint.version),
            "write_checkpoint": write_checkpoint(checkpoint.version),
            "updated_buckets": [_bucket(bucket, checkpoint)],
            "removed_buckets": [],
        }
    }


def data_line(
    bucket: str, after: int, operations: list[Mapping[str, object]], next_after: int, more: bool
) -> Mapping[str, object]:
    """A batch of operations, in the order of their ids."""
    return {
        "data": {
            "bucket": bucket,
            "after": str(after),
            "next_after": str(next_after),
            "has_more": more,
            "data": operations,
        }
    }


def complete_line(version: int) -> Mapping[str, object]:
    """The line that makes the client show the checkpoint that was announced."""
    return {"checkpoint_complete": {"last_op_id": str(version)}}


def keepalive_line(seconds: int) -> Mapping[str, object]:
    """A sign of life, with the seconds until the access token expires."""
    return {"token_expires_in": seconds}


def write_checkpoint(version: int) -> str:
    """The write checkpoint of all uploads up to this version; above zero for an empty account."""
    return str(version + 1)


def row_operation(row: Row, *, raw_data: bool) -> Mapping[str, object]:
    """PUT or REMOVE of a record; `raw_data` leaves the fields as JSON text."""
    operation: dict[str, object] = {
        "op_id": str(row.version),
        "op": "REMOVE" if row.deleted else "PUT",
        "object_type": row.collection,
        "object_id": row.id,
        "checksum": row.checksum,
        "subkey": None,
    }
    if not row.deleted:
        text = sqlite_text(row.collection, row.data)
        operation["data"] = text if raw_data else orjson.loads(text)
    return operation


def clear_operation() -> Mapping[str, object]:
    """CLEAR: the client drops every row of the bucket and starts from the checksum 0."""
    return {"op_id": "1", "op": "CLEAR", "checksum": 0}


def move_operation(version: int, checksum: int) -> Mapping[str, object]:
    """MOVE: adds to the client's checksum and advances it to the version."""
    return {"op_id": str(version), "op": "MOVE", "checksum": checksum % CHECKSUM_RANGE}


def sqlite_text(collection: str, data: str) -> str:
    """The record's fields as SQLite has them: flags as 0 and 1, lists and objects as JSON text."""
    names = _fields_to_convert(collection)
    if not names:
        return data
    fields = orjson.loads(data)
    for name in names & fields.keys():
        value = fields[name]
        if isinstance(value, bool):
            fields[name] = int(value)
        elif isinstance(value, list | dict):
            fields[name] = orjson.dumps(value).decode()
    return orjson.dumps(fields).decode()


@cache
def _fields_to_convert(collection: str) -> frozenset[str]:
    declaration = COLLECTIONS.get(collection)
    if declaration is None:
        return frozenset()
    return frozenset(
        name
        for name, field in declaration.fields.items()
        if field.json_schema.get("type") in ("boolean", "array", "object")
    )


def _bucket(bucket: str, checkpoint: Checkpoint) -> Mapping[str, object]:
    # `count` is informational: a client draws its progress with it. A version is one operation.
    return {
        "bucket": bucket,
        "checksum": checkpoint.checksum,
        "count": checkpoint.version,
        "priority": PRIORITY,
        "subscriptions": [{"default": 0}],
    }
