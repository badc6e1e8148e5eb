"""SIGKILL in the middle of a replay: nothing acknowledged is lost, nothing is applied twice."""

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.sync.recordings import recorded, replayed
from tools.recordings.serving import start
from trackforge_client.device.json_types import Json
from trackforge_client.device.transport import AiohttpTransport, HttpTransport, Request, Response
from trackforge_client.replay.final_state import FinalState, pulled_state
from trackforge_client.replay.replay import ReplayOptions, replay
from trackforge_client.replay.tally import Tally
from trackforge_client.replay.users import ReplayUser, RetryingTransport

EXCHANGES = 240
KILLS_AT = {60: False, 150: True}
"""Kills by number of exchanges before; True: PostgreSQL is killed with the server."""

PLAN = ReplayOptions(verify=True, retry_for_s=120.0)


class MortalServer:
    """A server process on one port with a private database, which can be killed and started."""

    def __init__(self, data_dir: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._data_dir = data_dir
        self.process, self.url = start(data_dir, self._port)

    def kill(self, *, postgres: bool) -> None:
        """End it at once, as a power cut would, with its PostgreSQL or without."""
        note = self._data_dir / "postgres" / "postmaster.pid"
        postmaster = int(note.read_text().splitlines()[0])
        os.kill(self.process.pid, signal.SIGKILL)
        if postgres:
            os.kill(postmaster, signal.SIGKILL)
        self.process.communicate()

    def revive(self) -> None:
        """Start it again over what is left."""
        self.process, self.url = start(self._data_dir, self._port)

    def stop(self) -> None:
        """Let it end in peace."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


class Witness:
    """A transport that remembers what was acknowledged: a version to each change that won."""

    def __init__(self, base_url: str) -> None:
        self._inner = AiohttpTransport(base_url)
        self.acknowledged: dict[str, list[tuple[str, str, int]]] = {}

    async def send(self, request: Request) -> Response:
        response = await self._inner.send(request)
        if request.method == "POST" and request.path.endswith("/push") and response.status == 200:
            answer: dict[str, Json] = json.loads(response.body)
            results = answer["results"]
            assert isinstance(results, list)
            self.acknowledged[request.headers["idempotency-key"]] = [
                (str(one["collection"]), str(one.get("canonical_id", one["id"])), version)
                for one in results
                if isinstance(one, dict) and one["status"] in ("applied", "merged")
                if isinstance(version := one["version"], int)
            ]
        return response

    def lines(self, request: Request) -> AsyncGenerator[str, None]:
        return self._inner.lines(request)

    async def close(self) -> None:
        await self._inner.close()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[MortalServer]:
    server = MortalServer(tmp_path / "data")
    yield server
    server.stop()


async def killed_while_replaying(mortal: MortalServer, witness: Witness) -> Tally:
    """Replay; the server dies while a request is on its way, and comes back, more than once."""
    done = 0
    killings: list[asyncio.Task[None]] = []

    async def kill(postgres: bool) -> None:
        await asyncio.sleep(0.004)
        mortal.kill(postgres=postgres)
        await asyncio.to_thread(mortal.revive)

    def advance() -> None:
        nonlocal done
        done += 1
        if done in KILLS_AT:
            killings.append(asyncio.create_task(kill(KILLS_AT[done])))

    tally = await replay(recorded("two-devices", EXCHANGES), witness, PLAN, advance)
    await asyncio.gather(*killings)
    assert len(killings) == len(KILLS_AT)
    return tally


async def head(user: FinalState, http: HttpTransport) -> tuple[int, dict[tuple[str, str], int]]:
    """The user's version, and the version of each live record."""
    account = ReplayUser(RetryingTransport(http), user.email, user.password)
    await account.login("judge")
    records = await pulled_state(account.fetch)
    check = json.loads((await account.fetch("/sync/check")).body)
    return check["version"], {(one.collection, one.id): one.version for one in records}


async def test_a_killed_server_loses_and_doubles_nothing(mortal: MortalServer) -> None:
    (undisturbed,) = (await replayed(recorded("two-devices", EXCHANGES), mortal.url, PLAN)).users
    witness = Witness(mortal.url)
    tally = await killed_while_replaying(mortal, witness)
    (user,) = tally.users
    version, live = await head(user, witness)
    await witness.close()

    assert tally.retries > 0
    assert tally.mismatches == []
    assert user.digest == undisturbed.digest
    won = [one for results in witness.acknowledged.values() for one in results]
    versions = [given for _, _, given in won]
    assert len(set(versions)) == len(versions)
    assert max(versions) == version
    # What is not live any more was deleted by a later change that was acknowledged too.
    newest = {(collection, id): given for collection, id, given in sorted(won, key=lambda w: w[2])}
    for place, given in live.items():
        assert newest[place] == given
    assert len(set(live.values())) == len(live)
