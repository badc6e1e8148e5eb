"""Planted bugs: a server that breaks one promise, which the oracle must see."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest

from sync_server.config.settings import Config
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.torture.plan import Plan
from tests.torture.planted import BUGS
from tests.torture.rounds import Round
from tests.torture.stack import ServerProcess, Stack

MAX_ROUNDS = 8
HOUR_US = 3600 * 10**6
WRONG_CLOCKS = ("corrected_clocks_are_one",)
FAULTS = {
    "revoked_tokens_work": "session_ended",
    "a_lost_connection_is_a_500": "connections_terminated",
}
SEEN_BY = {
    "cursor_skips_a_change": "devices_are_equal",
    "older_writes_win": "the_greatest_stamp_wins",
    "atomic_is_ignored": "atomic_pushes_are_whole",
    "some_commits_are_lost": "acknowledged_writes_are_the_final_state",
    "keys_are_forgotten": "repeats_are_equal",
    "history_is_not_written": "what_was_overwritten_is_in_the_history",
    "deletions_are_not_pulled": "devices_are_equal",
    "revoked_tokens_work": "ended_sessions_stay_ended",
    "corrected_clocks_are_one": "the_greatest_stamp_wins",
    "warm_ups_count_in_the_day": "days_are_the_sums_of_their_records",
    "notifications_are_lost": "streams_end_at_the_last_version",
    "a_lost_connection_is_a_500": "errors_are_documented",
}


class OneServer(Stack):
    """The server of the test's own process in place of the stack."""

    def __init__(self, server: Server, config: Config) -> None:
        self.config = config
        here = ServerProcess.__new__(ServerProcess)
        here.port, here.base_url = server.port or 0, server.base_url
        self.servers = [here]

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection as the owner of the tables."""
        connection = await asyncpg.connect(self.config.stores.owner_url)
        try:
            yield connection
        finally:
            await connection.close()

    async def until_ready(self, servers: list[ServerProcess] | None = None) -> None:
        """It always is."""


def test_every_planted_bug_has_an_invariant_that_sees_it() -> None:
    assert SEEN_BY.keys() == BUGS.keys()


# All of them in `make torture`.
SHOWN = sorted(BUGS) if os.environ.get("ALL_BUGS") else ("keys_are_forgotten", "older_writes_win")


@pytest.mark.parametrize("bug", SHOWN)
async def test_the_oracle_sees_a_planted_bug(
    untouched: Config, bug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    BUGS[bug](monkeypatch.setattr)
    seen: set[str] = set()
    async with running(untouched.changed(stream_keepalive_s=1.0)) as server:
        for seed in range(1, MAX_ROUNDS):
            faults = tuple((0.2 * it, FAULTS[bug]) for it in range(1, 4) if bug in FAULTS)
            plan = Plan.of(seed, with_node=False, faults=[])
            plan = replace(
                plan, people=plan.people[:1], faults=faults, badness=0.2, seconds=1.5,
                offsets_us=(HOUR_US, HOUR_US, -HOUR_US) if bug in WRONG_CLOCKS else (0, 0, 0),
            )  # fmt: skip
            result = await Round(OneServer(server, untouched), plan).run()
            seen |= {it.invariant for it in result.violations}
            if SEEN_BY[bug] in seen:
                return
    pytest.fail(f"{SEEN_BY[bug]} did not see {bug}; seen: {seen}")


async def test_a_sound_server_breaks_nothing(untouched: Config) -> None:
    async with running(untouched.changed(stream_keepalive_s=1.0)) as server:
        for seed in (1, 2):
            plan = Plan.of(seed, with_node=False, faults=[])
            result = await Round(OneServer(server, untouched), plan).run()
            assert result.violations == [], result.stories
