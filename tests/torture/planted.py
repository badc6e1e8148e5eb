"""Planted bugs: each changes a running server, so that a test can show that the oracle sees it.

They are functions here, not switches in the server: no setting can plant one. A bug replaces
functions of the server by `replace_in(module, name, value)`, which a test undoes at its end.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from sync_server.formulas import training
from sync_server.sync import idempotency
from sync_server.sync.engine import batch, merge
from sync_server.sync.engine.changes import ValidChange
from sync_server.sync.notify.subscriptions import Listener
from sync_server.sync.pull import page, positions
from sync_server.sync.pull.snapshot import read_snapshot
from sync_server.sync.push import clocks, commit, device_push, snapshot, transaction
from sync_server.web import error_middleware, identity

Replace = Callable[[object, str, object], None]


class Bug(Protocol):
    """The installation of a planted bug."""

    __name__: str

    def __call__(self, replace_in: Replace) -> None: ...


BUGS: dict[str, Bug] = {}


def bug(install: Bug) -> Bug:
    """Add a planted bug to the list; its name is that of the function."""
    BUGS[install.__name__] = install
    return install


@bug
def cursor_skips_a_change(replace_in: Replace) -> None:
    """The cursor after a page that is not the last is one version too far."""
    following = positions.next_cursor

    def skipping(begin: Any, query: Any, last: int, has_more: bool) -> Any:
        return following(begin, query, last + has_more, has_more)

    replace_in(page, "next_cursor", skipping)


@bug
def older_writes_win(replace_in: Replace) -> None:
    """The smaller stamp wins a register."""
    compare = merge._compare

    def reversed_order(left: Any, right: Any) -> int:
        return compare(right, left) if right[0].clock else compare(left, right)

    replace_in(merge, "_compare", reversed_order)


@bug
def atomic_is_ignored(replace_in: Replace) -> None:
    """The valid changes of an atomic push are stored although one was rejected."""
    resolve = batch.resolve_batch

    def partly(changes: Any, working: Any, context: Any, _atomic: bool, known: Any) -> Any:
        return resolve(changes, working, context, False, known)

    replace_in(device_push, "resolve_batch", partly)


@bug
def some_commits_are_lost(replace_in: Replace) -> None:
    """One push in ten is acknowledged and not written."""
    chance = random.Random(1)

    def forgetful(write: Any) -> Any:
        async def commit_most(connection: Any, resolved: Any) -> bool:
            return chance.random() < 0.1 or await write(connection, resolved)

        return commit_most

    replace_in(transaction, "commit", forgetful(commit.commit))
    replace_in(transaction, "insert_new", forgetful(commit.insert_new))


@bug
def keys_are_forgotten(replace_in: Replace) -> None:
    """A repeated push is processed as a new one."""
    read, resolve = snapshot.read_snapshot, transaction._resolve

    async def read_without_key(connection: Any, context: Any, _key: Any, changes: Any) -> Any:
        return await read(connection, context, None, changes)

    async def resolve_without_key(*arguments: Any) -> Any:
        return replace(await resolve(*arguments), key=None)

    replace_in(transaction, "read_snapshot", read_without_key)
    replace_in(transaction, "_resolve", resolve_without_key)
    replace_in(idempotency, "cached_response", lambda *_: None)


@bug
def history_is_not_written(replace_in: Replace) -> None:
    """A push writes no history."""
    replace_in(transaction, "replaced_values", lambda *_: ())


@bug
def deletions_are_not_pulled(replace_in: Replace) -> None:
    """A page leaves out every tombstone."""

    async def living(*arguments: Any) -> Any:
        found = await read_snapshot(*arguments)
        return replace(found, rows=[row for row in found.rows if not row["deleted"]])

    replace_in(page, "read_snapshot", living)


@bug
def revoked_tokens_work(replace_in: Replace) -> None:
    """The access token of an ended session stays good."""

    async def accept(*_: Any) -> None:
        return

    replace_in(identity, "require_live_session", accept)


@bug
def corrected_clocks_are_one(replace_in: Replace) -> None:
    """All changes of a push whose clocks are wrong get the same clock, the server's."""
    correct = clocks.correct_clocks

    def collapse(changes: Any, working: Any, device: Any, shift: int, now_us: int) -> Any:
        corrected, correction = correct(changes, working, device, shift, now_us)
        if not shift:
            return corrected, correction
        one = dict.fromkeys(correction.changed, now_us)
        stamped = [
            it._replace(stamp=it.stamp._replace(clock=now_us))
            if isinstance(it, ValidChange)
            else it
            for it in corrected
        ]
        return stamped, replace(correction, changed=one)

    replace_in(device_push, "correct_clocks", collapse)


@bug
def warm_ups_count_in_the_day(replace_in: Replace) -> None:
    """The volume of a day counts warm-up sets."""
    volume = training.set_volume_kg
    replace_in(training, "set_volume_kg", lambda _kind, *numbers: volume(None, *numbers))


@bug
def notifications_are_lost(replace_in: Replace) -> None:
    """A stream shows the version of its beginning for ever."""
    replace_in(Listener, "notify", lambda *_: None)


@bug
def a_lost_connection_is_a_500(replace_in: Replace) -> None:
    """A connection that PostgreSQL ends is an unexpected failure."""
    replace_in(error_middleware, "DATABASE_FAILURES", ())
