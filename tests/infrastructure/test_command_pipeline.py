"""Commands of many requests share one connection, and each gets its own reply or error."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import RedisError, ResponseError

from sync_server.store.command_pipeline import CommandPipeline


@pytest.fixture
async def commands(redis_url: str) -> AsyncIterator[CommandPipeline]:
    pipeline = CommandPipeline(redis_url)
    yield pipeline
    await pipeline.close()


async def test_each_of_many_commands_gets_its_own_reply(commands: CommandPipeline) -> None:
    replies = await asyncio.gather(*(commands.execute("ECHO", str(at)) for at in range(200)))
    assert replies == [str(at).encode() for at in range(200)]


async def test_an_error_is_that_of_its_own_command(commands: CommandPipeline) -> None:
    replies = await asyncio.gather(
        commands.execute("ECHO", "a"),
        commands.execute("NO_SUCH_COMMAND"),
        commands.execute("ECHO", "b"),
        return_exceptions=True,
    )
    assert [replies[0], replies[2]] == [b"a", b"b"]
    assert isinstance(replies[1], ResponseError)


async def test_commands_that_travel_together_get_all_replies(commands: CommandPipeline) -> None:
    replies = await commands.execute_all([("ECHO", "a"), ("NO_SUCH_COMMAND",), ("ECHO", "b")])
    assert [replies[0], replies[2]] == [b"a", b"b"]
    assert isinstance(replies[1], ResponseError)


async def test_one_who_gives_up_leaves_the_replies_of_others_in_order(
    commands: CommandPipeline,
) -> None:
    await commands.execute("PING")
    waiting = [asyncio.create_task(commands.execute("ECHO", str(at))) for at in range(10)]
    await asyncio.sleep(0)
    waiting[3].cancel()
    replies = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(replies.pop(3), asyncio.CancelledError)
    assert replies == [str(at).encode() for at in range(10) if at != 3]


async def test_a_connection_that_was_closed_is_opened_again(commands: CommandPipeline) -> None:
    number = await commands.execute("CLIENT", "ID")
    other = CommandPipeline(commands.url)
    await other.execute("CLIENT", "KILL", "ID", number)
    await other.close()
    assert await commands.execute("ECHO", "again") == b"again"


async def test_a_server_that_does_not_answer_costs_a_quarter_of_a_second() -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    commands = CommandPipeline(f"redis://127.0.0.1:{port}")
    started = time.monotonic()
    answers = await asyncio.gather(
        *(commands.execute("PING") for _ in range(5)), return_exceptions=True
    )
    assert time.monotonic() - started < 2
    assert all(isinstance(answer, RedisError | OSError | TimeoutError) for answer in answers)
    await commands.close()
    server.close()


async def test_a_server_that_is_away_is_an_error() -> None:
    commands = CommandPipeline("unix:///nowhere/valkey.sock")
    with pytest.raises((RedisError, OSError)):
        await commands.execute("PING")
    await commands.close()


async def test_a_connection_that_breaks_off_is_an_error_once(commands: CommandPipeline) -> None:
    number = await commands.execute("CLIENT", "ID")
    waiting = asyncio.create_task(commands.execute("BLPOP", "no such list", 5))
    other = CommandPipeline(commands.url)
    await other.execute("CLIENT", "KILL", "ID", number)
    await other.close()
    with pytest.raises((RedisError, TimeoutError)):
        await waiting
    assert await commands.execute("ECHO", "again") == b"again"


async def test_replies_that_are_late_are_not_those_of_the_next_commands(
    commands: CommandPipeline,
) -> None:
    with pytest.raises(TimeoutError):
        await commands.execute("BLPOP", "no such list", 5)
    assert await commands.execute("ECHO", "again") == b"again"
