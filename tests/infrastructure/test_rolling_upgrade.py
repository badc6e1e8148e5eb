"""A rolling upgrade and its way back, behind a balancer and under load, with two checkouts.

The release before is the commit before the newest migration, from the repository's own history.
"""

import asyncio
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.torture.network import Network
from tests.torture.plan import Plan
from tests.torture.rounds import Round
from tests.torture.stack import ROOT, Stack, running_stack

PROBE_S = 0.05
LOAD = Plan(
    seed=1,
    people=(("python", "bare", "bare"),) * 2,
    offsets_us=(0,) * 6,
    badness=0.0,
    faults=(),
    seconds=1.0,
)


def _git(*arguments: str) -> str:
    """Output of git in this repository; skips the test without a whole history."""
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"The release before cannot be made from a history: {done.stderr.strip()}")
    return done.stdout.strip()


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A checkout of the release before."""
    if not shutil.which("git"):
        pytest.skip("The release before cannot be made: git is not installed.")
    newest = _git("log", "-1", "--format=%H", "--diff-filter=A", "--", "migrations/versions")
    commit = _git("rev-parse", "--verify", f"{newest}^")
    place = tmp_path / "before"
    place.mkdir()
    archive = tmp_path / "before.tar"
    _git("archive", f"--output={archive}", commit)
    shutil.unpack_archive(archive, place, filter="data")
    return place


class Balancer(Network):
    """A balancer that probes readiness; a connection that is refused goes to another server."""

    def __init__(self, stack: Stack) -> None:
        super().__init__([it.target for it in stack.servers], random.Random(1))
        self._servers = stack.servers
        self._ready = list(range(len(stack.servers)))
        self.turned_away = 0

    async def probe(self) -> None:
        """Ask /health/ready of every server, over and over."""
        while True:
            answers = [await server.is_ready() for server in self._servers]
            self._ready = [number for number, ready in enumerate(answers) if ready]
            await asyncio.sleep(PROBE_S)

    async def _connect(self) -> tuple[int, asyncio.StreamReader, asyncio.StreamWriter]:
        while True:
            for number in random.sample(self._ready, len(self._ready)):
                try:
                    return number, *await self._targets[number].connect()
                except ConnectionRefusedError:
                    self.turned_away += 1
            await asyncio.sleep(PROBE_S)


class Upgrade(Round):
    """Users at work while the servers are replaced, one by one, and back again."""

    def __init__(self, stack: Stack, before: Path) -> None:
        self.balancer = Balancer(stack)
        super().__init__(stack, LOAD, self.balancer)
        self._before = before
        self.is_over = False

    async def beside(self) -> None:
        """N-1 to N, then N to N-1."""
        probe = asyncio.create_task(self.balancer.probe())
        try:
            for checkout in (ROOT, self._before):
                for server in self.stack.servers:
                    await self.stack.until_ready()
                    assert await server.end() == 0
                    server.checkout = checkout
                    server.start()
            await self.stack.until_ready()
        finally:
            self.is_over = True
            probe.cancel()

    def is_at_work(self, _end: float) -> bool:
        """True until the upgrade is over."""
        return not self.is_over


async def test_an_upgrade_and_its_way_back_lose_nothing_and_fail_nothing(before: Path) -> None:
    async with running_stack(before) as stack:
        upgrade = Upgrade(stack, before)
        result = await upgrade.run()
        logs = "\n".join(server.log.read_text()[-3000:] for server in stack.servers)
    assert result.violations == [], "\n".join(result.stories)
    # Whatever failed may be repeated: it was refused, or is a 503, or its key protects it.
    unsafe = [
        (it.method, it.path)
        for it in upgrade.network.exchanges
        if it.status == 0 and it.method != "GET" and not it.key
    ]
    assert unsafe == []
    assert result.counts["acknowledged changes"] > 100
    assert "Traceback" not in logs, logs
