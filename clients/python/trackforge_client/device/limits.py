"""How much goes into one push: this app's wish, within what the server tells."""

import json

from trackforge_client.device.clock import Clock
from trackforge_client.device.errors import ClientError
from trackforge_client.device.json_types import Json
from trackforge_client.device.records import dump
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store
from trackforge_client.device.wire import document

PUSH_CHANGES = 500
PUSH_BYTES = 1 << 20
_DAY_US = 86_400_000_000


class Limits:
    """The limits of one device's pushes, asked for once a day."""

    def __init__(
        self, session: Session, store: Store, clock: Clock, changes: int, max_bytes: int
    ) -> None:
        self._session = session
        self._store = store
        self._clock = clock
        self._wish = (changes, max_bytes)

    def of_a_push(self) -> tuple[int, int]:
        """The greatest number of changes and of bytes."""
        known = json.loads(self._store.get("limits") or "{}")
        changes, max_bytes = self._wish
        return (
            max(min(changes, known.get("push_changes", changes)), 1),
            min(max_bytes, known.get("push_bytes", max_bytes)),
        )

    async def learn(self) -> None:
        """Ask the server, unless it was asked today; it does not matter when it cannot tell."""
        now = self._clock.now()
        if abs(now - self._store.get_int("limits_at")) < _DAY_US:
            return
        try:
            response = await self._session.open_call("GET", "/sync/config")
            told = document(response.body).get("limits")
        except (ClientError, ValueError):
            return
        self._store.set(limits=dump(_numbers(told)), limits_at=now)


def _numbers(told: Json) -> dict[str, int]:
    if not isinstance(told, dict):
        return {}
    return {name: value for name, value in told.items() if isinstance(value, int) and value > 0}
