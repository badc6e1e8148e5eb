"""Sender of claimed wake-ups: one message each, and what the push service said of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import orjson
import structlog
from aiohttp import web
from prometheus_client import Counter

from sync_server.config.settings import CONFIG
from sync_server.gateways.base import Delivery
from sync_server.gateways.registry import Gateways
from sync_server.store.postgres import POOL, transaction
from sync_server.sync.devices.sighting import DeviceKey, Moment
from sync_server.sync.wakes import queries
from sync_server.sync.wakes.decide import PAUSE, after_failure
from sync_server.web.audit import audit
from sync_server.web.error_middleware import DATABASE_FAILURES

MAX_TASKS = 1000
MAX_CONNECTIONS = 64
CLOSE_TIMEOUT_S = 2.0
WAKES = Counter(
    "trackforge_wakes_total", "Messages to push services, by kind and outcome.", ("kind", "outcome")
)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this process sends: for versions up to `head`, until the end of its lease.

    `address` is the stored JSON text, `failures` the attempts before this one.
    """

    key: DeviceKey
    kind: str
    address: str
    failures: int
    head: int
    lease: Moment


class Sender:
    """Background tasks that send messages and note their outcomes."""

    def __init__(self, app: web.Application, gateways: Gateways, now: Callable[[], Moment]) -> None:
        self._app = app
        self._gateways = gateways
        self._now = now
        self._connections = asyncio.Semaphore(MAX_CONNECTIONS)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def room(self) -> int:
        """Number of messages that can be started now."""
        return MAX_TASKS - len(self._tasks)

    def start(self, claim: Claim) -> None:
        """Send in the background."""
        task = asyncio.create_task(self._send(claim))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait for all messages that were started."""
        await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Wait CLOSE_TIMEOUT_S for the tasks, then cancel the rest: their leases end."""
        if self._tasks:
            _, waiting = await asyncio.wait(self._tasks, timeout=CLOSE_TIMEOUT_S)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _send(self, claim: Claim) -> None:
        try:
            async with self._connections:
                delivery = await self._deliver(claim)
            WAKES.labels(claim.kind, delivery.outcome).inc()
            await self._note(claim, delivery)
        except DATABASE_FAILURES as error:
            log.info("the outcome of a wake-up is not stored", reason=repr(error))
        except Exception:
            log.exception("a wake-up failed", kind=claim.kind)

    async def _deliver(self, claim: Claim) -> Delivery:
        gateway = self._gateways.get(claim.kind)
        if gateway is None:
            return Delivery("failed", "unconfigured")
        delivery = await gateway.wake(orjson.loads(claim.address))
        if delivery.outcome == "failed":
            log.warning("wake-up not sent yet", kind=claim.kind, reason=delivery.reason)
        return delivery

    async def _note(self, claim: Claim, delivery: Delivery) -> None:
        now, key = self._now(), claim.key
        async with transaction(self._app[POOL], self._app[CONFIG], key.user_id) as connection:
            match delivery.outcome:
                case "sent":
                    await connection.execute(
                        queries.NOTE_SENT, *key, claim.head, now, claim.lease, now + PAUSE
                    )
                case "failed":
                    at = after_failure(now, claim.failures + 1, delivery.retry_after_s)
                    await connection.execute(queries.NOTE_FAILED, *key, at)
                case "dead":
                    reason = delivery.reason[:100]
                    if await connection.fetchval(
                        queries.DROP, *key, claim.address, now, reason
                    ):  # fmt: skip
                        await audit(
                            connection, key.user_id, None, "push_key_dropped", None, now,
                            device=key.device_id, kind=claim.kind, reason=reason,
                        )  # fmt: skip
