"""Ids that the server created during a recording, and their counterparts in a replay."""

import re
from collections.abc import Iterable, Iterator

from trackforge_client.device.json_types import Json
from trackforge_client.replay.exchange import Exchange

_is_uuid = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}").fullmatch


def created_ids(exchanges: Iterable[Exchange]) -> frozenset[str]:
    """Ids that occur in a response before any request of the user names them."""
    requested: set[str] = set()
    created: set[str] = set()
    for exchange in exchanges:
        requested.update(exchange.path.split("/"), exchange.query.values(), _texts(exchange.body))
        received = {text for text in _texts(exchange.response_body) if _is_uuid(text)}
        created |= received - requested
    return frozenset(created)


def paired_ids(recorded: Json, live: Json) -> Iterator[tuple[str, str]]:
    """(recorded, live) ids at the same position in two JSON values."""
    if isinstance(recorded, str) and isinstance(live, str):
        if _is_uuid(recorded) and _is_uuid(live):
            yield recorded, live
    elif isinstance(recorded, dict) and isinstance(live, dict):
        for name in recorded.keys() & live.keys():
            yield from paired_ids(recorded[name], live[name])
    elif isinstance(recorded, list) and isinstance(live, list):
        for pair in zip(recorded, live, strict=False):
            yield from paired_ids(*pair)


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
