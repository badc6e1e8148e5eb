"""Rejected bodies: so many are answered at once, then later and later, of each user alone."""

import asyncio

import pytest

from sync_server.config.settings import Config
from sync_server.web import rejected_bodies
from sync_server.web.body import SMALL_BODY
from sync_server.web.rejected_bodies import FORGET_S, PROMPT, SPACING_S, RejectedBodies
from tests.conftest import running
from tests.support.client import Client


def test_so_many_are_prompt_and_further_ones_come_later_and_later() -> None:
    rejected = RejectedBodies()
    assert [rejected.delay("ann", 100.0) for _ in range(PROMPT)] == [0.0] * PROMPT
    later = [rejected.delay("ann", 100.0) for _ in range(7)]
    spaced = [2.0, 2.0 + SPACING_S]
    assert later == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, *spaced])
    assert rejected.delay("bob", 100.0) == 0.0


def test_they_are_forgotten_after_a_while() -> None:
    rejected = RejectedBodies()
    for _ in range(PROMPT + 1):
        rejected.delay("ann", 100.0)
    assert rejected.delay("bob", 100.0 + FORGET_S) == 0.0
    assert list(rejected._users) == ["bob"]
    assert rejected.delay("ann", 101.0 + FORGET_S) == 0.0


async def test_small_bodies_and_accepted_ones_are_answered_at_once(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request whose device sends one field too many is repeated by nobody without end."""
    delays = list[float]()

    def noted(_rejected: RejectedBodies, _user: str, _now: float) -> float:
        delays.append(0.001)
        return 0.001

    monkeypatch.setattr(rejected_bodies.RejectedBodies, "delay", noted)
    async with running(config) as server:
        client = Client(server.base_url)
        await client.register()
        for size, counted in ((10, 0), (SMALL_BODY + 10, 1)):
            text = b'{"device_id":"' + b"x" * size + b'"}'
            async with asyncio.timeout(5):
                response = await client.send("POST", "/sync/push", text, Idempotency_Key="k" * 20)
            assert response.status == 422, response
            assert len(delays) == counted
