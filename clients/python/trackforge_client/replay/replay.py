"""Replay of a recording against a server, by new users with the recorded devices."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from trackforge_client.device.errors import ClientError
from trackforge_client.device.json_types import Json
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import API
from trackforge_client.device.transport import HttpTransport, Response
from trackforge_client.replay.created_ids import created_ids
from trackforge_client.replay.exchange import Exchange
from trackforge_client.replay.final_state import FinalState, portable_digest, pulled_state
from trackforge_client.replay.foreign import foreign_changes
from trackforge_client.replay.tally import ExchangeResult, Tally
from trackforge_client.replay.translation import Translation, latest_server_time_us, target
from trackforge_client.replay.users import ReplayUser, RetryingTransport
from trackforge_client.replay.verify import Difference, differences, without_ignored

TRANSIENT_STATUSES = frozenset({401, 408, 429, 500, 502, 503, 504})
"""Recorded responses of temporary failures: the recording has their requests again."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """Options of a replay.

    `speed` 1 is the recorded speed, 10 is ten times as fast, 0 does not wait. `concurrency` users
    run at a time, each recorded user `copies` times. The requests of a user retain their order
    over all devices, since it determines the versions. Fields in `ignored` are not compared.
    """

    speed: float = 0.0
    concurrency: int = 8
    copies: int = 1
    verify: bool = False
    retry_for_s: float = 30.0
    password: str = ""
    ignored: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """Exchange with its line number in the recording, from 1."""

    number: int
    exchange: Exchange


def steps(exchanges: Sequence[Exchange]) -> dict[str, list[Step]]:
    """Exchanges to repeat, by recorded user, in the recorded order.

    Left out: exchanges with a `skip_reason`.
    """
    by_user: dict[str, list[Step]] = {}
    for number, exchange in enumerate(exchanges, 1):
        if exchange.user is not None and not skip_reason(exchange):
            by_user.setdefault(exchange.user, []).append(Step(number, exchange))
    return by_user


def skip_reason(exchange: Exchange) -> str:
    """Reason why an exchange cannot be repeated, empty if it can."""
    if exchange.path.startswith((f"{API}/auth/", f"{API}/users/")):
        return "account"
    if exchange.user is None:
        return "without a user"
    if exchange.status in TRANSIENT_STATUSES:
        return "temporary failure"
    return "body not recorded" if exchange.omitted else ""


async def replay(
    exchanges: Sequence[Exchange],
    http: HttpTransport,
    options: ReplayOptions,
    advance: Callable[[], None],
) -> Tally:
    """Tally of a replay; calls `advance` per request. Raises RetriesExhausted, RequestRejected."""
    tally = Tally()
    steps_by_user = steps(exchanges)
    tally.foreign_changes = sum(map(foreign_changes, map(_exchanges, steps_by_user.values())))
    tally.skipped.update(filter(None, map(skip_reason, exchanges)))
    # Moves the recording into the past, where the server corrects no correct clock.
    offset_us = time.time_ns() // 1000 - latest_server_time_us(exchanges)
    slots = asyncio.Semaphore(options.concurrency)
    started = time.monotonic()

    def retried() -> None:
        tally.retries += 1

    async def replay_user(recorded_user: str, user_steps: list[Step]) -> FinalState:
        async with slots:
            password = options.password or secrets.token_urlsafe(12)
            email = f"replay-{secrets.token_hex(6)}@example.com"
            account = ReplayUser(
                RetryingTransport(http, options.retry_for_s, retried), email, password
            )
            await account.register(user_steps[0].exchange.device)
            created = created_ids(_exchanges(user_steps))
            translation = Translation(recorded_user, account.user_id, offset_us, created)
            replaying = UserReplay(account, translation, options, tally, started)
            for step in user_steps:
                await replaying.step(step)
                advance()
            tally.elapsed_s = time.monotonic() - started
            records = await pulled_state(account.fetch)
            digest = portable_digest(account.user_id, records)
            return FinalState(email, password, account.user_id, len(records), digest)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(replay_user(user, user_steps))
                for _ in range(options.copies)
                for user, user_steps in steps_by_user.items()
            ]
    except* ClientError as failed:
        raise first_of(failed) from None
    tally.users = [task.result() for task in tasks]
    tally.exchanges.sort(key=lambda exchange: exchange.number)
    return tally


def _exchanges(user_steps: Sequence[Step]) -> list[Exchange]:
    return [step.exchange for step in user_steps]


def first_of(group: BaseExceptionGroup[ClientError]) -> ClientError:
    """First error of the group; users of a lost server all have the same one."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ClientError)
    return error


@dataclass(frozen=True, slots=True)
class UserReplay:
    """Replay of one user's requests."""

    account: ReplayUser
    translation: Translation
    options: ReplayOptions
    tally: Tally
    started: float

    async def step(self, step: Step) -> None:
        """Waits for the recorded time, sends one request, counts and compares the response."""
        exchange = step.exchange
        if self.options.speed > 0:
            due = self.started + exchange.t / self.options.speed
            await asyncio.sleep(max(due - time.monotonic(), 0.0))
        sent = self.translation.request(exchange, time.time_ns() // 1000)
        body = None if sent.body is None else dump(sent.body).encode()
        sent_at = time.monotonic()
        response = await self.account.send(
            sent.device, sent.method, target(sent), sent.headers, body
        )
        live_body = _document(response)
        latency_s = time.monotonic() - sent_at
        self.translation.map_response(exchange, sent, live_body, response.headers.get("etag"))
        differing = self._compare(exchange, response, live_body) if self.options.verify else []
        request = f"{exchange.method} {exchange.path}"
        result = ExchangeResult(step.number, exchange.device, request, latency_s, differing)
        self.tally.count(result, live_body)

    def _compare(self, exchange: Exchange, response: Response, live_body: Json) -> list[Difference]:
        if response.status != exchange.status:
            found = [Difference("status", str(exchange.status), str(response.status))]
        elif exchange.response_body is None:
            found = []  # No recorded body, as in a HAR file without contents.
        else:
            found = list(differences(self.translation.expected(exchange.response_body), live_body))
        return without_ignored(found, self.options.ignored)


def _document(response: Response) -> Json:
    live_body: Json = None
    with suppress(ValueError):
        live_body = json.loads(response.body)
    return live_body
