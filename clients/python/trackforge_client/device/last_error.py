"""What went wrong last, kept until it goes well again; and the status that tells of it."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Literal

from trackforge_client.device.clock import Clock
from trackforge_client.device.errors import ClientError, Offline, SignedOut, UpgradeRequired
from trackforge_client.device.outbox import Outbox
from trackforge_client.device.records import dump
from trackforge_client.device.rejected import Rejected
from trackforge_client.device.status import SignIn, Status
from trackforge_client.device.store import Store

Attempt = Literal["push", "pull"]

_SIGN_INS: dict[str | None, SignIn] = {
    "user": "signed out",
    "refused": "expired",
    "account_deleted": "account deleted",
}


class Troubles:
    """The failures of one device, by what was attempted."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @asynccontextmanager
    async def watch(self, what: Attempt) -> AsyncIterator[None]:
        """Note the failure of what is done within, or that it went well."""
        try:
            yield
        except (SignedOut, UpgradeRequired):
            raise  # The status has its own words for these.
        except ClientError as error:
            plain = "no connection to the server" if isinstance(error, Offline) else str(error)
            told = dump([self._clock.now(), plain.rstrip(".")])
            self._store.set(**{f"trouble_{what}": told})
            raise
        self._store.set(**{f"trouble_{what}": None, f"next_{what}": None})

    def next_try(self, what: Attempt, wait_s: float) -> None:
        """Note when the next attempt is due."""
        self._store.set(**{f"next_{what}": self._clock.now() + int(wait_s * 1e6)})

    def status(self, outbox: Outbox, rejected: Sequence[Rejected]) -> Status:
        """Everything a user may want to know."""
        store = self._store
        told = [store.get(f"trouble_{what}") for what in ("push", "pull")]
        failed_at, failure = max([json.loads(text) for text in told if text], default=(0, None))
        batch = outbox.frozen()
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
            trouble=failure,
            trouble_at=failed_at,
            next_try_at=max(store.get_int("next_push"), store.get_int("next_pull")),
            upgrade_needed=store.get("upgrade") is not None,
        )
