"""Replaying: a recording told again to a server, by fresh users with the recorded devices."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from trackforge_client.device.errors import ClientError
from trackforge_client.device.json_types import Json
from trackforge_client.device.records import dump
from trackforge_client.device.session import API
from trackforge_client.device.transport import Http, Response
from trackforge_client.replay.exchange import Exchange
from trackforge_client.replay.final_state import FinalState, portable_digest, pulled_state
from trackforge_client.replay.tally import Mismatch, Tally
from trackforge_client.replay.translation import Translation, last_moment_us, target
from trackforge_client.replay.users import Account, Insistent
from trackforge_client.replay.verify import Difference, differences

TROUBLE = frozenset({401, 408, 429, 500, 502, 503, 504})
"""Recorded answers that were about the moment, not about the story: their requests came again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to replay.

    `speed` 1 keeps the recorded time, 10 is ten times as fast, 0 does not wait at all.
    `concurrency` users act at a time, each recorded user `copies` times. Every user's requests
    keep the recorded order over all devices: it decides the versions.
    """

    speed: float = 0.0
    concurrency: int = 8
    copies: int = 1
    verify: bool = False
    retry_for_s: float = 30.0
    password: str = ""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An exchange and its line in the recording, from 1."""

    number: int
    exchange: Exchange


def steps(exchanges: Sequence[Exchange]) -> dict[str, list[Numbered]]:
    """The exchanges to repeat, by recorded user, in the recorded order.

    Left out are requests without a user, signing in and out, what a passing trouble answered,
    and bodies that were not recorded.
    """
    found: dict[str, list[Numbered]] = {}
    for number, exchange in enumerate(exchanges, 1):
        telling = exchange.status not in TROUBLE and not exchange.omitted
        apart = exchange.path.startswith((f"{API}/auth/", f"{API}/users/"))
        if exchange.user is not None and telling and not apart:
            found.setdefault(exchange.user, []).append(Numbered(number, exchange))
    return found


async def replay(
    exchanges: Sequence[Exchange], http: Http, plan: Plan, advance: Callable[[], None]
) -> Tally:
    """Repeat a recording; `advance` is called after each request. Raises GaveUp or Refused."""
    tally = Tally()
    stories = steps(exchanges)
    tally.skipped = len(exchanges) - sum(map(len, stories.values()))
    # The whole recording ends up in the past, where the server corrects no right clock.
    offset_us = time.time_ns() // 1000 - last_moment_us(exchanges)
    gate = asyncio.Semaphore(plan.concurrency)
    begun = time.monotonic()

    def retried() -> None:
        tally.retries += 1

    async def tell(recorded_user: str, story: list[Numbered]) -> FinalState:
        async with gate:
            password = plan.password or secrets.token_urlsafe(12)
            email = f"replay-{secrets.token_hex(6)}@example.com"
            account = Account(Insistent(http, plan.retry_for_s, retried), email, password)
            await account.register(story[0].exchange.device)
            translation = Translation(recorded_user, account.user_id, offset_us)
            teller = Teller(account, translation, plan, tally, begun)
            for step in story:
                await teller.step(step)
                advance()
            tally.elapsed_s = time.monotonic() - begun
            records = await pulled_state(account.fetch)
            digest = portable_digest(account.user_id, records)
            return FinalState(email, password, account.user_id, len(records), digest)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(tell(user, story))
                for _ in range(plan.copies)
                for user, story in stories.items()
            ]
    except* ClientError as failed:
        raise first_of(failed) from None
    tally.users = [task.result() for task in tasks]
    tally.mismatches.sort(key=lambda mismatch: mismatch.number)
    return tally


def first_of(group: BaseExceptionGroup[ClientError]) -> ClientError:
    """One of the errors: when a server goes away, all users meet the same."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ClientError)
    return error


@dataclass(frozen=True, slots=True)
class Teller:
    """Repeats one user's requests."""

    account: Account
    translation: Translation
    plan: Plan
    tally: Tally
    begun: float

    async def step(self, step: Numbered) -> None:
        """Wait for its time, send one request, count and compare the answer."""
        exchange = step.exchange
        if self.plan.speed > 0:
            due = self.begun + exchange.t / self.plan.speed
            await asyncio.sleep(max(due - time.monotonic(), 0.0))
        sent = self.translation.request(exchange, time.time_ns() // 1000)
        body = None if sent.body is None else dump(sent.body).encode()
        asked = time.monotonic()
        response = await self.account.send(
            sent.device, sent.method, target(sent), sent.headers, body
        )
        answer = _document(response)
        self.tally.count(answer, time.monotonic() - asked)
        self.translation.learn(exchange, sent, answer, response.headers.get("etag"))
        if self.plan.verify:
            self._compare(step, response, answer)

    def _compare(self, step: Numbered, response: Response, answer: Json) -> None:
        exchange = step.exchange
        if response.status != exchange.status:
            found = [Difference("status", str(exchange.status), str(response.status))]
        else:
            found = list(differences(self.translation.answer(exchange.answer), answer))
        if found:
            request = f"{exchange.method} {exchange.path}"
            self.tally.mismatches.append(Mismatch(step.number, exchange.device, request, found))


def _document(response: Response) -> Json:
    answer: Json = None
    with suppress(ValueError):
        answer = json.loads(response.body)
    return answer
