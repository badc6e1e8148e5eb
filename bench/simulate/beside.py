"""Rarer events beside a simulated day, for the dashboards: they are no part of its latencies.

A few more people overwrite records, forget passwords, search too often, have a clock that is a day
ahead, and bring back records after a restore.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import uuid4

from bench.load import push_body
from bench.rows import Row, log_of
from bench.stage import Stage
from bench.wire import Account, BadAnswer, Line, register, request
from sync_server.backup.epoch import begin_epochs
from sync_server.config.settings import Config
from sync_server.store.roles import as_role

PEOPLE, STEPS, RECORDS = 8, 60, 20
RESTORED_AT = 45
"""Step after which the people's devices offer records, as after a restored backup."""
DAY_US = 86_400_000_000
LIMITS = {"RATE_LIMIT_SEARCH": "4/60", "QUOTA_RECORDS": "400"}
"""Settings of the run: one person searches more than that at once, one has more records."""
GROWTH = 80
"""New records that the first person pushes in each turn."""


@dataclass(frozen=True, slots=True)
class Person:
    """One of the people, with an address for mails."""

    account: Account
    email: str


async def live(staged: Stage, seconds: float) -> None:
    """Do all of it, evenly over the seconds."""
    line = await Line.open(staged.base_url)
    try:
        people = [await _join(line) for _ in range(PEOPLE)]
        for step in range(STEPS):
            await asyncio.sleep(seconds / STEPS)
            if step == RESTORED_AT:
                config = Config().changed(database_url=as_role(staged.database_url))
                await begin_epochs(config, [person.account.user_id for person in people])
            for request_ in requests_of(people[step % PEOPLE], step):
                # Some are turned away, which is what a panel shows.
                with suppress(BadAnswer):
                    await line.ask(request_)
    finally:
        line.close()


async def _join(line: Line) -> Person:
    email = f"{uuid4().hex}@example.com"
    return Person(await register(line, email), email)


def requests_of(person: Person, step: int) -> Iterator[bytes]:
    """Requests of a person in a step."""
    token = person.account.token
    rows = list(log_of(RECORDS, seed=step % PEOPLE))
    later = [replace(row, clock=row.clock + step) for row in rows]
    yield _push(token, [row.change for row in later])
    if step % PEOPLE == 0:
        yield _push(token, [row.change for row in log_of(GROWTH, seed=2000 + step)])
    if step % 5 == 0:
        ahead = replace(rows[1], id=str(uuid4()), clock=time.time_ns() // 1000 + DAY_US)
        yield _push(token, [ahead.change])
    if step % 6 == 0:
        body = f'{{"email":"{person.email}"}}'.encode()
        yield request("POST", "/auth/password/forgot", body=body)
    if step % 4 == 0:
        for word in ("oats", "rye", "rice", "bread", "milk", "eggs", "tea"):
            yield request("GET", f"/foods/search?q={word}", token)
    if step >= RESTORED_AT:
        yield _push(token, [_offer(row) for row in log_of(RECORDS, seed=1000 + step)])


def _push(token: str, changes: Sequence[str]) -> bytes:
    body = push_body(changes, str(uuid4()))
    return request("POST", "/sync/push", token, body, key=uuid4().hex)


def _offer(row: Row) -> str:
    """The record as a device brings it back."""
    return (
        f'{{"collection":"{row.collection}","id":"{row.id}","op":"offer","version":1000000,'
        f'"clock":{row.clock},"deleted":false,"data":{row.data}}}'
    )
