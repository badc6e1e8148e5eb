"""Limits of one push: the app's settings, capped by the server's."""

import json

from trackforge_client.device.clock import Clock
from trackforge_client.device.errors import ClientError
from trackforge_client.device.json_types import Json
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store
from trackforge_client.device.wire import document

PUSH_CHANGES = 500
PUSH_BYTES = 1 << 20
_DAY_US = 86_400_000_000


class PushLimits:
    """Push limits of one device, read from `/sync/config` once a day."""

    def __init__(
        self, session: Session, store: Store, clock: Clock, changes: int, max_bytes: int
    ) -> None:
        self._session = session
        self._store = store
        self._clock = clock
        self._configured = (changes, max_bytes)

    def for_push(self) -> tuple[int, int]:
        """(changes, bytes) of one push at most."""
        server = json.loads(self._store.get("limits") or "{}")
        changes, max_bytes = self._configured
        return (
            max(min(changes, server.get("push_changes", changes)), 1),
            min(max_bytes, server.get("push_bytes", max_bytes)),
        )

    async def refresh(self) -> None:
        """Reads the server's limits, unless it did so today; a failure is ignored."""
        now = self._clock.now()
        if abs(now - self._store.get_int("limits_at")) < _DAY_US:
            return
        try:
            response = await self._session.public_call("GET", "/sync/config")
            limits = document(response.body).get("limits")
        except (ClientError, ValueError):
            return
        self._store.set(limits=dump(_numbers(limits)), limits_at=now)


def _numbers(limits: Json) -> dict[str, int]:
    if not isinstance(limits, dict):
        return {}
    return {name: value for name, value in limits.items() if isinstance(value, int) and value > 0}
