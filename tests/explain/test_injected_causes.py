"""Injected causes: the right one is named first, and support sees no contents.

`make explain` prints the table, of more seeds.
"""

import os
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from sync_server.support.roles import grant
from tests.conftest import running
from tests.explain.household import SECRET, Household
from tests.explain.injections import INJECTIONS, Injection
from tests.infrastructure.server import Server
from tests.support.client import Client

SEEDS = range(int(os.environ.get("EXPLAIN_SEEDS", "3")))
SHARE = 0.95
NAMES = {injection.__name__: injection for injection in INJECTIONS}


@pytest.fixture
async def limited_server(config: Config) -> AsyncIterator[Server]:
    """A server with a low limit of changes."""
    async with running(config.changed(rate_limit_push_changes=Limit(100, 60))) as server:
        yield server


@pytest.fixture
async def helper(limited_server: Server, pool: Pool, config: Config) -> Client:
    """One of the operator's support staff."""
    person = Client(limited_server.base_url)
    await person.register()
    await grant(pool, config, person.email, "support", datetime.now(UTC))
    await person.login()
    return person


async def explained(home: Household, helper: Client, injection: Injection) -> str:
    """The first cause that support is shown; the user is shown the same."""
    question = urlencode(await injection(home))
    path = f"/support/users/{home.user_id}/explain?{question}"
    answer = await helper.send("GET", path)
    assert answer.status == 200, answer
    assert SECRET.encode() not in answer.body
    assert home.phone.email.lower().encode() not in answer.body.lower()
    own = await home.tablet.send("GET", f"/sync/explain?{question}")
    if own.status == 200:
        assert own.json["causes"][0]["cause"] == answer.json["causes"][0]["cause"]
    return str(answer.json["causes"][0]["cause"])


@pytest.mark.parametrize("name", NAMES)
async def test_the_injected_cause_is_named_first(
    name: str, limited_server: Server, helper: Client, pool: Pool
) -> None:
    injection = NAMES[name]
    found = []
    for seed in SEEDS:
        home = Household(limited_server.base_url, pool, random.Random(f"{name} {seed}"))
        await home.begin()
        found.append(await explained(home, helper, injection))
    right = found.count(INJECTIONS[injection])
    doc = (injection.__doc__ or "").splitlines()[0]
    print(f"{right:3}/{len(SEEDS)}  {INJECTIONS[injection]:18} {doc}")
    assert right >= SHARE * len(SEEDS), found
