"""Report of a device: its own state, sent with pushes and pulls, without contents of records."""

from collections.abc import Mapping

from trackforge_client.device.clock import Clock
from trackforge_client.device.errors import (
    AccountDeleted,
    ClientError,
    Offline,
    RequestRejected,
    SignedOut,
    Unavailable,
    UpgradeRequired,
)
from trackforge_client.device.json_types import Json
from trackforge_client.device.outbox import Outbox
from trackforge_client.device.server_record import dump_ascii
from trackforge_client.device.store import Store

_CODES: Mapping[type[ClientError], str] = {
    AccountDeleted: "account_deleted",
    SignedOut: "signed_out",
    UpgradeRequired: "upgrade_required",
    Offline: "offline",
}
_US = 1_000_000


class Report:
    """The header `Device-Report` of one device."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        clock: Clock,
        *,
        device_id: str,
        name: str,
        app_version: str,
        schema_version: int,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._same: dict[str, Json] = {"device_id": device_id, "schema_version": schema_version}
        self._same |= {"name": name} if name else {}
        self._same |= {"app_version": app_version} if app_version else {}

    def header(self) -> dict[str, str]:
        """The header by its name."""
        now = self._clock.now()
        waiting, oldest = self._outbox.waiting_since()
        state: dict[str, Json] = {"waiting": waiting, "clock_offset_us": self._clock.offset}
        if waiting:
            state["oldest_age_s"] = max(now - oldest, 0) // _US
        code = self._store.get("error_code")
        if code is not None:
            state["last_error"] = code
            state["last_error_age_s"] = max(now - self._store.get_int("error_at"), 0) // _US
        return {"device-report": dump_ascii(self._same | state)}


def error_code(error: ClientError) -> str:
    """Code of an error: the server's, if it sent one."""
    if isinstance(error, RequestRejected):
        return error.code
    if isinstance(error, Unavailable):
        return "rate_limited" if error.status == 429 else "unavailable"
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), "other")
