"""Last error of a device, stored until the next success, and the device's status."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Literal

from trackforge_client.device.clock import Clock
from trackforge_client.device.errors import ClientError, Offline, SignedOut, UpgradeRequired
from trackforge_client.device.outbox import Outbox
from trackforge_client.device.rejected import Rejected
from trackforge_client.device.report import error_code
from trackforge_client.device.server_record import dump
from trackforge_client.device.status import SignIn, Status
from trackforge_client.device.store import Store

Attempt = Literal["push", "pull"]

_SIGN_INS: dict[str | None, SignIn] = {
    "user": "signed out",
    "refused": "expired",
    "account_deleted": "account deleted",
}


class LastError:
    """Failures of one device, by kind of attempt."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @asynccontextmanager
    async def record(self, what: Attempt) -> AsyncIterator[None]:
        """Records the failure or success of the enclosed attempt."""
        try:
            yield
        except (SignedOut, UpgradeRequired) as error:
            self._note_code(error)
            raise  # The status shows these by other fields.
        except ClientError as error:
            self._note_code(error)
            text = "no connection to the server" if isinstance(error, Offline) else str(error)
            entry = dump([self._clock.now(), text.rstrip(".")])
            self._store.set(**{f"trouble_{what}": entry})
            raise
        self._store.set(**{f"trouble_{what}": None, f"next_{what}": None})

    def _note_code(self, error: ClientError) -> None:
        """Stores the code for the device's reports, until the next failure."""
        self._store.set(error_code=error_code(error), error_at=self._clock.now())

    def next_try(self, what: Attempt, wait_s: float) -> None:
        """Stores the time of the next attempt."""
        self._store.set(**{f"next_{what}": self._clock.now() + int(wait_s * 1e6)})

    def status(self, outbox: Outbox, rejected: Sequence[Rejected]) -> Status:
        """Sync status of the device."""
        store = self._store
        errors = [store.get(f"trouble_{what}") for what in ("push", "pull")]
        failed_at, failure = max([json.loads(text) for text in errors if text], default=(0, None))
        batch = outbox.open_batch()
        reason = store.get("signed_out_by")
        signed_in = store.get("refresh_token") is not None
        return Status(
            now=self._clock.now(),
            sign_in="signed in" if signed_in else _SIGN_INS.get(reason, "signed out"),
            email=store.get("email"),
            pending=outbox.count(),
            sending=len(outbox.changes(batch)) if batch else 0,
            rejected=len(rejected),
            last_reason=rejected[-1].reason if rejected else None,
            pushed_at=store.get_int("pushed_at"),
            pulled_at=store.get_int("pulled_at"),
            last_error=failure,
            last_error_at=failed_at,
            next_try_at=max(store.get_int("next_push"), store.get_int("next_pull")),
            upgrade_needed=store.get("upgrade") is not None,
        )
