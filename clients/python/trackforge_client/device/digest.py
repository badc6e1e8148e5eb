"""Digests that tell whether two sides hold the same: of contents, and of versions."""

import hashlib
import json
from collections.abc import Iterable

from trackforge_client.device.json_types import Fields, Json


def state_digest(records: Iterable[tuple[str, str, Fields]]) -> str:
    """64 hex digits over (collection, id, data) of live records, whatever their order.

    Numbers count by value: 80 and 80.0 are the same.
    """
    lines = sorted(
        json.dumps([collection, id, _plain(dict(data))], sort_keys=True, ensure_ascii=True)
        for collection, id, data in records
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def version_digest(versions: Iterable[tuple[str, int]]) -> str:
    """16 hex digits over (id, version): the XOR of the first 8 bytes of each one's SHA-256."""
    total = 0
    for id, version in versions:
        total ^= int.from_bytes(hashlib.sha256(f"{id}:{version}".encode()).digest()[:8])
    return f"{total:016x}"


def _plain(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value
