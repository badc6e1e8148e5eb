"""Digests of record contents and of record versions."""

import hashlib
import json
from collections.abc import Iterable

from trackforge_client.device.json_types import Fields, Json


def state_digest(records: Iterable[tuple[str, str, Fields]]) -> str:
    """SHA-256 (64 hex digits) over (collection, id, data) of live records, in any order.

    Numbers are compared by value: 80 equals 80.0.
    """
    lines = sorted(
        json.dumps([collection, id, _normalized(dict(data))], sort_keys=True, ensure_ascii=True)
        for collection, id, data in records
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def version_digest(versions: Iterable[tuple[str, int]]) -> str:
    """XOR (16 hex digits) over the first 8 bytes of the SHA-256 of each `id:version`."""
    total = 0
    for id, version in versions:
        total ^= int.from_bytes(hashlib.sha256(f"{id}:{version}".encode()).digest()[:8])
    return f"{total:016x}"


def _normalized(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_normalized(item) for item in value]
    if isinstance(value, dict):
        return {name: _normalized(item) for name, item in value.items()}
    return value
