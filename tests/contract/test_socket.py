"""The WebSocket: the same events as the stream, with close codes that name the reason."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from .http_client import PREFIX, TIMEOUT_S, User
from .records import put

Socket = aiohttp.ClientWebSocketResponse


@asynccontextmanager
async def _connected(user: User, query: str = "") -> AsyncIterator[Socket]:
    url = f"{user.server.base_url}{PREFIX}/sync/socket{query}"
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        yield socket


@asynccontextmanager
async def _listening(user: User) -> AsyncIterator[Socket]:
    async with _connected(user) as socket:
        await socket.send_json({"access_token": user.tokens["access_token"]})
        yield socket


async def _event(socket: Socket) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(await socket.receive_str(timeout=TIMEOUT_S))
    return event


async def _close_code(socket: Socket) -> int | None:
    while (await socket.receive(timeout=TIMEOUT_S)).type != aiohttp.WSMsgType.CLOSE:
        pass
    return socket.close_code


async def _blocking(call: Any, *arguments: Any) -> Any:
    return await asyncio.to_thread(call, *arguments)


async def test_the_head_comes_after_the_first_message(user: User) -> None:
    version = (await _blocking(user.applied, put("foods"), put("foods")))["version"]
    async with _listening(user) as socket:
        assert await _event(socket) == {"event": "head", "version": version}


async def test_a_push_is_notified(user: User) -> None:
    async with _listening(user) as socket:
        assert await _event(socket) == {"event": "head", "version": 0}
        version = (await _blocking(user.applied, put("foods")))["version"]
        assert await _event(socket) == {"event": "head", "version": version}


async def test_a_ticket_opens_one_socket(user: User) -> None:
    ticket = (await _blocking(user.request, "POST", "/sync/stream-ticket")).ok()["ticket"]
    async with _connected(user, f"?ticket={ticket}") as socket:
        assert await _event(socket) == {"event": "head", "version": 0}
    async with _connected(user, f"?ticket={ticket}") as socket:
        assert await _close_code(socket) == 4401


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", 4400),
        ("[]", 4400),
        ('{"access_token": 1}', 4400),
        ('{"token": "x"}', 4400),
        ('{"access_token": "x"}', 4401),
        ("x" * 10_000, 1009),
    ],
)
async def test_a_first_message_without_a_token_closes(user: User, message: str, code: int) -> None:
    async with _connected(user) as socket:
        await socket.send_str(message)
        assert await _close_code(socket) == code


async def test_a_log_out_closes_at_once(user: User) -> None:
    async with _listening(user) as socket:
        await _event(socket)
        assert (await _blocking(user.request, "POST", "/auth/logout", {})).status == 204
        async with asyncio.timeout(1):
            assert await _close_code(socket) == 4401


async def test_later_messages_are_ignored(user: User) -> None:
    async with _listening(user) as socket:
        await _event(socket)
        await socket.send_str("anything")
        version = (await _blocking(user.applied, put("foods")))["version"]
        assert await _event(socket) == {"event": "head", "version": version}


async def test_a_client_may_close(user: User) -> None:
    async with _listening(user) as socket:
        await _event(socket)
        await socket.close()
        assert socket.close_code == 1000


async def test_the_oldest_of_eleven_streams_is_replaced(user: User) -> None:
    async with _listening(user) as oldest:
        await _event(oldest)
        newer = [_listening(user) for _ in range(10)]
        sockets = [await it.__aenter__() for it in newer]
        for socket in sockets:
            assert await _event(socket) == {"event": "head", "version": 0}
        assert await _event(oldest) == {"event": "replaced"}
        assert await _close_code(oldest) == 4409
        version = (await _blocking(user.applied, put("foods")))["version"]
        for socket in sockets:
            assert await _event(socket) == {"event": "head", "version": version}
        for it in newer:
            await it.__aexit__(None, None, None)


def test_a_request_that_is_no_websocket_is_rejected(anyone: User) -> None:
    answer = anyone.get("/sync/socket")
    assert (answer.status, answer.code) == (400, "http_error")
