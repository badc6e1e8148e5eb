"""Changes in a recording of devices whose requests are not in it."""

import uuid
from collections.abc import Iterable, Iterator, Sequence

from trackforge_client.device.ids import ROOT_NAMESPACE
from trackforge_client.device.json_types import Json
from trackforge_client.replay.exchange import Exchange

SERVER_DEVICE = str(uuid.uuid5(ROOT_NAMESPACE, "device.server"))
"""Device id of writes by REST routes and imports."""


def foreign_changes(exchanges: Sequence[Exchange]) -> int:
    """Number of pulled changes by devices that neither push nor pull in the exchanges."""
    known = {SERVER_DEVICE, *_own_devices(exchanges)}
    return sum(
        1
        for exchange in exchanges
        for change in _pulled(exchange.response_body)
        if isinstance(change, dict) and change.get("device_id", SERVER_DEVICE) not in known
    )


def _own_devices(exchanges: Iterable[Exchange]) -> Iterator[Json]:
    for exchange in exchanges:
        yield exchange.query.get("device_id")
        body = exchange.body if isinstance(exchange.body, dict) else {}
        for part in (body, body.get("push"), body.get("pull")):
            if isinstance(part, dict):
                yield part.get("device_id")


def _pulled(body: Json) -> list[Json]:
    page = body.get("pull", body) if isinstance(body, dict) else None
    changes = page.get("changes") if isinstance(page, dict) else None
    return changes if isinstance(changes, list) else []
