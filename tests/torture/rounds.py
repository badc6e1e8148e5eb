"""One round: people work on their devices while faults happen; then all is compared."""

import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.bare import BareDevice
from tests.torture.clients import PythonDevice, TypeScriptDevice, node
from tests.torture.evidence import Evidence, Violation
from tests.torture.faults import FAULTS, INTERRUPTED, NotHere, Scene
from tests.torture.invariants import judge
from tests.torture.listeners import Listener
from tests.torture.model import Key, Rules, first_answers, replayed, writes_of
from tests.torture.network import Network
from tests.torture.people import DeviceUnderTest, Person, Unreachable, register, request
from tests.torture.plan import Plan
from tests.torture.stack import Stack
from tests.torture.wire import Exchange, Json
from tests.torture.work import DAYS, Worker, staples

REST_PATIENCE_S = 180.0
REPEATS = 12
HISTORIES = 10
REVOKED_WITHIN_S = 10.5
NOTIFIED_WITHIN_S = 20
BY_REST = {"name": "Rye", "energy_kcal": 10, "protein_g": 1, "carbs_g": 1, "fat_g": 1}


@dataclass
class Result:
    """Outcome of a round.

    `recovered` has, for each fault, the seconds from its end until both servers had stored a
    write again; None if that was not measured, since another fault was at work.
    """

    plan: Plan
    violations: list[Violation] = field(default_factory=list)
    stories: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    not_here: dict[str, str] = field(default_factory=dict)
    recovered: list[tuple[str, float]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    rest_s: float = 0.0


class Round:
    """A round on a running stack."""

    def __init__(self, stack: Stack, plan: Plan, network: Network | None = None) -> None:
        self.stack, self.plan, self.result = stack, plan, Result(plan)
        self.chance = random.Random(f"{plan.seed} devices")
        targets = [it.target for it in stack.servers]
        self.network = network or Network(targets, random.Random(plan.seed))
        self.scene = Scene(stack, self.network, [])
        self.listeners: dict[str, list[Listener]] = {}
        self._at_work: set[str] = set()

    async def run(self) -> Result:
        """Work, rest, judgement."""
        async with AsyncExitStack() as stack:
            files = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tf-devices-")))
            await stack.enter_async_context(self.network)
            workers = [
                worker
                for kinds in self.plan.people
                for worker in await self._move_in(kinds, files, stack)
            ]
            background = [
                asyncio.create_task(listener.run())
                for listeners in self.listeners.values()
                for listener in listeners
            ]
            try:
                await self._work(workers)
                late = await self._rest()
                for person in self.scene.people:
                    await self._judge(person, late.get(person.email, []))
            finally:
                for task in background:
                    task.cancel()
                await asyncio.gather(*background, return_exceptions=True)
        self._count()
        return self.result

    async def _move_in(
        self, kinds: tuple[str, ...], files: Path, stack: AsyncExitStack
    ) -> list[Worker]:
        """A new user with devices that all know the same staple records."""
        person, _ = await register(self.network.base_url)
        number = len(self.scene.people)
        self.scene.people.append(person)
        staple = staples(self.chance)
        workers = []
        for index, kind in enumerate(kinds):
            name = f"{kind} {number}.{index}"
            device = self._device(kind, name, person, files / name.replace(" ", "-"))
            stack.push_async_callback(device.close)
            device.offset_us = self.plan.offsets_us[number * len(kinds) + index]
            person.devices.append(device)
            source = random.Random(f"{self.plan.seed} {name}")
            workers.append(Worker(device, source, staple, in_bulk=kind == "bare"))
        first = person.devices[1]
        assert isinstance(first, BareDevice)
        offset_us, first.offset_us = first.offset_us, 0
        for collection, records in staple.items():
            for id, data in records:
                await first.put(collection, data, id)
        if text := await _settle(first, time.monotonic() + REST_PATIENCE_S):
            raise TimeoutError(text)
        first.offset_us = offset_us
        self.listeners[person.email] = [
            Listener(kind, self.network.base_url, person) for kind in ("event stream", "WebSocket")
        ]
        return workers

    def _device(self, kind: str, name: str, person: Person, file: Path) -> DeviceUnderTest:
        chance, url = random.Random(f"{self.plan.seed} {name}"), self.network.base_url
        if kind == "python":
            return PythonDevice(name, url, person, chance, file)
        if kind == "typescript" and (program := node()):
            return TypeScriptDevice(name, url, person, program, file)
        return BareDevice(name, url, person, chance)

    async def _work(self, workers: list[Worker]) -> None:
        """Devices and faults side by side, until the time of the plan is over."""
        self.network.badness = self.plan.badness
        end = time.monotonic() + self.plan.seconds
        async with asyncio.TaskGroup() as group:
            for worker in workers:
                group.create_task(self._use(worker, end))
            group.create_task(self.beside())
            for at, name in self.plan.faults:
                group.create_task(self._cause(at, name))

    async def beside(self) -> None:
        """Other work while the devices work; none here."""

    def is_at_work(self, _end: float) -> bool:
        """True as long as the devices make changes; `_end` is by the monotonic clock."""
        return time.monotonic() < _end

    async def _use(self, worker: Worker, end: float) -> None:
        device, chance = worker.device, worker.chance
        is_bare = isinstance(device, BareDevice)
        while self.is_at_work(end):
            with suppress(Unreachable):
                await worker.learn()
                await worker.work(chance.choice([1, 10, 80] if is_bare else [1, 5, 15]))
                if isinstance(device, BareDevice) and chance.random() < 0.1:
                    await device.rest_write("foods", BY_REST)
                await device.sync()
            if device.name in self.scene.to_restart:
                self.scene.to_restart.discard(device.name)
                await device.restart()
            await asyncio.sleep(chance.uniform(0, 0.15))

    async def _cause(self, at: float, name: str) -> None:
        await asyncio.sleep(at)
        is_alone = not self._at_work
        self._at_work.add(name)
        try:
            await FAULTS[name](self.scene, random.Random(f"{self.plan.seed} {name} {at}"))
            self.result.faults[name] += 1
            ended = time.monotonic()
            await self.until_stored()
            if is_alone and self._at_work == {name}:
                self.result.recovered.append((name, time.monotonic() - ended))
        except NotHere as reason:
            self.result.not_here[name] = str(reason)
        except INTERRUPTED:  # by another fault
            self.result.counts["faults that another one interrupted"] += 1
        finally:
            self._at_work.discard(name)

    async def until_stored(self) -> None:
        """Wait until each server is ready and stores a write: a registration."""
        await self.stack.until_ready()
        for server in self.stack.servers:
            async with asyncio.timeout(REST_PATIENCE_S):
                while True:
                    with suppress(Unreachable):
                        await register(server.base_url)
                        break
                    await asyncio.sleep(0.05)

    async def _rest(self) -> dict[str, list[str]]:
        """No more faults: every device sends and pulls until all is still; what does not."""
        self.network.badness = 0.0
        started = time.monotonic()
        await self.stack.until_ready()
        deadline = started + REST_PATIENCE_S
        late: dict[str, list[str]] = {}
        for person in self.scene.people:
            for _ in range(2):
                for device in person.devices:
                    if text := await _settle(device, deadline):
                        late.setdefault(person.email, []).append(text)
        self.result.rest_s = time.monotonic() - started
        return late

    async def _judge(self, person: Person, late: list[str]) -> None:
        """Look at everything of one user, and note what is broken."""
        evidence = await self._evidence(person, late)
        for violation in judge(evidence):
            self.result.violations.append(violation)
            self.result.stories.append(story(violation, evidence))
        self.result.counts["acknowledged changes"] += len(evidence.writes)
        self.result.counts["records compared"] += len(evidence.live) * len(evidence.devices)
        self.result.counts["repeated keys"] += len(evidence.repeats)
        self.result.counts["day views"] += len(evidence.days)
        self.result.counts["revoked tokens"] += len(evidence.revoked)

    async def _evidence(self, person: Person, late: list[str]) -> Evidence:
        server = self.chance.choice(self.stack.servers)
        reader = BareDevice("judge", server.base_url, person, self.chance)
        await reader.sync()

        async def read(path: str) -> Json:
            _, _, text = await request(server.base_url, "GET", path, None, reader.token)
            found: Json = json.loads(text)
            return found

        check = await read("/sync/check")
        await self._until_notified(person, check["version"])
        days = (await read(f"/days?from={DAYS[0]}&to={DAYS[-1]}"))["days"]
        self.rules = Rules((await read("/sync/config"))["collections"])
        return Evidence(
            exchanges=[it for it in self.network.exchanges if it.user == person.id],
            rules=self.rules,
            server=list(reader.pulled.values()),
            check=check,
            devices={it.name: await it.records() for it in person.devices},
            days={it["date"]: it for it in days},
            heads={it.kind: it.version for it in self.listeners[person.email]},
            repeats=[it async for it in self._repeats(person)],
            revoked=[await self._status_of(*it) for it in person.revoked],
            histories=await self._histories(person, read),
            late=late,
            purged=self.scene.purged,
            restored=self.scene.restored,
            limited=self.stack.is_limited,
        )

    async def _histories(
        self, person: Person, read: Callable[[str], Awaitable[Json]]
    ) -> dict[Key, list[Json]]:
        """Histories of some records that were written over, if no fault took a part of them."""
        if self.scene.purged or self.scene.restored:
            return {}
        own = [it for it in self.network.exchanges if it.user == person.id]
        states = replayed(writes_of(own), self.rules)
        over = sorted(key for key, it in states.items() if it.past and not it.moved)
        found = {}
        for collection, id in self.chance.sample(over, min(HISTORIES, len(over))):
            path = f"/{collection.replace('_', '-')}/{id}/history?limit=500"
            found[collection, id] = (await read(path))["items"]
        self.result.counts["histories"] += len(found)
        return found

    async def _until_notified(self, person: Person, version: int) -> None:
        """Wait some seconds for the listeners; what they lack then is judged."""
        with suppress(TimeoutError):
            async with asyncio.timeout(NOTIFIED_WITHIN_S):
                while any(it.version != version for it in self.listeners[person.email]):
                    await asyncio.sleep(0.05)

    async def _repeats(self, person: Person) -> AsyncIterator[tuple[Exchange, bytes]]:
        """Stored answers, each with what a repetition of its request gets now."""
        own = [it for it in self.network.exchanges if it.user == person.id]
        done = [it for it in first_answers(own) if it.route == "/sync/push"]
        revoked = {token for _, token in person.revoked}
        tokens = [it.token for it in own if it.token not in revoked and it.status == 200]
        if not tokens:
            return
        for it in self.chance.sample(done, min(REPEATS, len(done))):
            server = self.chance.choice(self.stack.servers)
            status, _, body = await request(
                server.base_url, "POST", "/sync/push", it.request, tokens[-1],
                {"Idempotency-Key": it.key, "Content-Type": "application/json"},
            )  # fmt: skip
            yield it, body if status == 200 else f"{status} {body!r}".encode()

    async def _status_of(self, ended: float, token: str) -> int:
        """Status of a request with the token of an ended session, once that must be known."""
        loop = asyncio.get_running_loop()
        while True:
            is_due = loop.time() > ended + REVOKED_WITHIN_S
            statuses = [
                (await request(it.base_url, "GET", "/users/me", None, token))[0]
                for it in self.stack.servers
            ]
            if set(statuses) == {401} or is_due:
                return next((it for it in statuses if it != 401), 401)
            await asyncio.sleep(0.5)

    def _count(self) -> None:
        result = self.result
        result.counts["requests"] += len(self.network.exchanges)
        result.fates += self.network.fates
        for it in self.network.exchanges:
            result.counts[f"status {it.status or 'none'}"] += 1


async def _settle(device: DeviceUnderTest, deadline: float) -> str:
    """Sync a device until nothing is unsent; a text if that takes too long."""
    reason = ""
    while time.monotonic() < deadline:
        try:
            await device.sync()
            if not await device.pending():
                return ""
            reason = f"{await device.pending()} writes unsent"
        except Unreachable as error:
            reason = str(error)
        await asyncio.sleep(0.05)
    return f"{device.name} does not come to rest: {reason}"


def story(violation: Violation, evidence: Evidence) -> str:
    """The exchanges that a violation is about, one a line."""
    lines = [f"{violation.invariant}: {violation.text}"]
    if violation.key is not None:
        lines.append(f"the story of {'/'.join(violation.key)}:")
        lines += _lines_about(violation.key, evidence.exchanges)
    return "\n  ".join(lines)


def _lines_about(key: tuple[str, str], exchanges: Sequence[Exchange]) -> Iterator[str]:
    for it in exchanges:
        place = f"{it.at:7.3f}-{it.answered:.3f} s, server {it.server}, {it.fate or 'fine'}"
        if it.method == "POST" and it.route in ("/sync/push", "/sync"):
            body = it.query if it.route == "/sync/push" else it.query["push"]
            results = it.push[1]["results"] if it.push else [None] * len(body["changes"])
            for change, result in zip(body["changes"], results, strict=True):
                if change["collection"] == key[0] and key[1] in (
                    change["id"], (result or {}).get("canonical_id")
                ):  # fmt: skip
                    yield f"{place}: push {it.key[:8]} of {body['device_id'][:8]}: {change} -> " + (
                        f"{result}" if result else f"no answer ({it.status})"
                    )
        for record in (it.pull or {"changes": []})["changes"]:
            if (record["collection"], record["id"]) == key:
                yield f"{place}: pulled {record}"
