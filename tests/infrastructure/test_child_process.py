"""Child processes: results, errors, time limits, and their end with whoever waits for them."""

import asyncio
import os
import time
from pathlib import Path

import pytest
import uvloop

from sync_server.web.child_process import ChildDied, ChildProcess, run_in_child
from sync_server.web.errors import InvalidRequest


class Counter:
    """Object with a state, in a child process."""

    def __init__(self) -> None:
        self.total = 0

    def add(self, amount: int) -> int:
        self.total += amount
        return self.total

    def reject(self) -> None:
        raise InvalidRequest("No.", errors={"field": ["No."]})

    def pid(self) -> int:
        return os.getpid()

    def stall(self, file: str) -> None:
        Path(file).write_text(str(os.getpid()))
        while True:
            pass

    def die(self) -> None:
        os._exit(1)

    def echo(self, content: bytes) -> bytes:
        return content


def gone(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(5):
        while not gone(pid):
            await asyncio.sleep(0.02)


async def test_an_object_lives_between_its_calls_and_ends_with_the_block() -> None:
    async with ChildProcess(Counter) as child:
        assert [await child.call(Counter.add, number) for number in (1, 2)] == [1, 3]
        pid = await child.call(Counter.pid)
        content = os.urandom(3_000_000)
        assert await child.call(Counter.echo, content) == content
        assert not gone(pid)
    await until_gone(pid)


def test_large_messages_pass_in_the_loop_that_servers_run() -> None:
    """uvloop, unlike asyncio's own loop, makes the files non-blocking that it waits for."""

    async def echo_twice() -> None:
        content = os.urandom(3_000_000)
        async with ChildProcess(Counter) as child:
            assert await child.call(Counter.echo, content) == content
            assert await child.call(Counter.echo, content[::-1]) == content[::-1]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(echo_twice())


async def test_an_error_comes_back_with_its_fields() -> None:
    async with ChildProcess(Counter) as child:
        with pytest.raises(InvalidRequest) as caught:
            await child.call(Counter.reject)
        assert caught.value.errors == {"field": ["No."]}
        assert await child.call(Counter.add, 1) == 1


async def test_a_process_that_dies_is_noticed() -> None:
    async with ChildProcess(Counter) as child:
        with pytest.raises(ChildDied):
            await child.call(Counter.die)


@pytest.mark.parametrize("end", ["time limit", "cancellation"])
async def test_a_computation_ends_with_its_time_or_its_request(end: str, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    limit_s = 1.5 if end == "time limit" else 60.0
    task = asyncio.create_task(run_in_child(_stall, limit_s, str(file)))
    while not (file.exists() and file.read_text()):
        await asyncio.sleep(0.02)
    if end == "cancellation":
        task.cancel()
    with pytest.raises((TimeoutError, asyncio.CancelledError)):
        await task
    await until_gone(int(file.read_text()))


async def test_the_loop_is_free_while_a_child_computes() -> None:
    task = asyncio.create_task(run_in_child(_spin, 20.0, 0.5))
    longest = 0.0
    while not task.done():
        started = time.perf_counter()
        await asyncio.sleep(0.01)
        longest = max(longest, time.perf_counter() - started)
    assert await task == 0.5
    assert longest < 0.3


def _stall(file: str) -> None:
    Counter().stall(file)


def _spin(seconds: float) -> float:
    started = time.process_time()
    while time.process_time() - started < seconds:
        pass
    return seconds
