"""Stories: streams in two processes of one server, and without Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager

import aiohttp
import pytest
from redis.asyncio import Redis

from sync_server.app import create_app
from sync_server.backup.epoch import begin_epochs
from sync_server.config.settings import Config
from sync_server.store.postgres import create_pool
from sync_server.store.redis import channel
from sync_server.store.redis import create_pool as create_connections
from sync_server.sync.notify.channels import Channels
from sync_server.sync.notify.subscriptions import VersionSubscriptions
from tests.api.flaky_valkey import FlakyValkey
from tests.infrastructure.server import Server
from tests.support.rollback import Backup

from .stories import PASSWORD, RawClient, push_of, register

WITHIN_S = 1.0
PATIENCE_S = 10.0
KINDS = ("events", "socket", "powersync")


@asynccontextmanager
async def serving(config: Config) -> AsyncIterator[Server]:
    """One more process of the server."""
    server = Server(create_app(config))
    await server.start_server(auto_decompress=False)
    yield server
    await server.close()


@pytest.fixture
async def near(config: Config) -> AsyncIterator[Server]:
    async with serving(config) as server:
        yield server


@pytest.fixture
async def far(config: Config) -> AsyncIterator[Server]:
    async with serving(config) as server:
        yield server


class Stream:
    """An open stream; `ended` is set when the server has ended it, after the `last` line."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.ended = asyncio.Event()
        self.last = ""
        self.lines: list[str] = []
        self.close_code: int | None = None

    def note(self, text: str) -> None:
        """Remember the latest line of the server."""
        self.last = text.strip() or self.last
        self.lines.append(text.strip())
        self.opened.set()


def _authorization(raw: RawClient, scheme: str = "Bearer") -> dict[str, str]:
    return {"Authorization": f"{scheme} {raw.tokens['access_token']}"}


async def _events(raw: RawClient, stream: Stream) -> None:
    url, headers = f"{raw.api}/sync/stream", _authorization(raw)
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as response:
        assert response.status == 200
        async for line in response.content:
            stream.note(line.decode())


async def _socket(raw: RawClient, stream: Stream) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{raw.api}/sync/socket") as socket,
    ):
        await socket.send_json({"access_token": raw.tokens["access_token"]})
        async for message in socket:
            stream.note(message.data)
        stream.close_code = socket.close_code


async def _powersync(raw: RawClient, stream: Stream) -> None:
    url, headers = f"{raw.api}/powersync/sync/stream", _authorization(raw, "Token")
    body: dict[str, list[object]] = {"buckets": []}
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, json=body, headers=headers) as response,
    ):
        assert response.status == 200
        async for line in response.content:
            stream.note(line.decode())


@asynccontextmanager
async def listening(kind: str, raw: RawClient) -> AsyncIterator[Stream]:
    """A stream of one of the kinds, which has had its first event."""
    stream = Stream()
    listen = {"events": _events, "socket": _socket, "powersync": _powersync}[kind](raw, stream)
    task = asyncio.create_task(listen)
    task.add_done_callback(lambda _: stream.ended.set())
    try:
        async with asyncio.timeout(PATIENCE_S):
            await stream.opened.wait()
        yield stream
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", ["logout", "deletion"])
async def test_a_stream_ends_within_a_second_in_whichever_process(
    near: Server, far: Server, kind: str, end: str
) -> None:
    user = await register(near.base_url)
    async with listening(kind, user.at(far.base_url)) as elsewhere, listening(kind, user) as here:
        if end == "logout":
            assert (await user.call("POST", "/auth/logout", {}))[0] == 204
        else:
            body = {"password": PASSWORD}
            assert (await user.call("DELETE", "/users/me", body))[0] == 204
        async with asyncio.timeout(WITHIN_S):
            await elsewhere.ended.wait()
            await here.ended.wait()
        if kind == "socket":
            code = 4401 if end == "logout" else 4410
            assert (here.close_code, elsewhere.close_code) == (code, code)


async def test_a_log_out_leaves_other_sessions_streams(near: Server, far: Server) -> None:
    phone = await register(near.base_url)
    tablet = RawClient(far.base_url)
    tablet.email, tablet.password = phone.email, phone.password
    await tablet.login()
    async with listening("events", phone) as ends, listening("events", tablet) as stays:
        assert (await phone.call("POST", "/auth/logout", {}))[0] == 204
        async with asyncio.timeout(WITHIN_S):
            await ends.ended.wait()
        await tablet.push(push_of("Oats"))
        async with asyncio.timeout(WITHIN_S):
            while stays.last != 'data: {"version": 1}':
                await asyncio.sleep(0.01)
        assert not stays.ended.is_set()


async def test_a_ticket_of_one_process_opens_a_stream_at_another_once(
    near: Server, far: Server
) -> None:
    user = await register(near.base_url)
    ticket = (await user.call("POST", "/sync/stream-ticket"))[1]["ticket"]
    statuses = []
    for server in (far, near, far):
        url = f"{server.base_url}/api/v1/sync/stream?ticket={ticket}"
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            statuses.append(answer.status)
    assert statuses == [200, 401, 401]


async def test_ten_streams_of_all_kinds_and_processes_and_no_more(
    near: Server, far: Server
) -> None:
    user = await register(near.base_url)
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(listening(KINDS[n % 3], user.at(place.base_url)))
            for n, place in enumerate([near, far] * 6)
        ]
        async with asyncio.timeout(PATIENCE_S):
            await streams[0].ended.wait()
            await streams[1].ended.wait()
        assert not any(stream.ended.is_set() for stream in streams[2:])
        assert streams[0].last == "data: {}"
        assert (streams[1].last, streams[1].close_code) == ('{"event": "replaced"}', 4409)


async def test_a_stream_that_was_closed_makes_room(near: Server) -> None:
    user = await register(near.base_url)
    async with listening("socket", user) as first:
        for _ in range(15):
            async with listening("socket", user):
                pass
        await user.push(push_of("Oats"))
        async with asyncio.timeout(PATIENCE_S):
            while first.last != '{"event": "head", "version": 1}':
                await asyncio.sleep(0.01)
        assert not first.ended.is_set()


async def test_without_valkey_there_are_no_tickets_and_streams_go_on(
    config: Config, http: aiohttp.ClientSession
) -> None:
    async with (
        FlakyValkey(config.stores.redis_url) as valkey,
        serving(config.changed(redis_url=valkey.url)) as server,
    ):
        user = await register(server.base_url)
        ticket = (await user.call("POST", "/sync/stream-ticket"))[1]["ticket"]
        await valkey.disconnect()
        status, body = await user.call("POST", "/sync/stream-ticket")
        assert (status, body["code"]) == (503, "tickets_unavailable")
        url = f"{server.base_url}/api/v1/sync/stream?ticket={ticket}"
        async with http.get(url) as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"]
        async with AsyncExitStack() as stack:
            streams = [
                await stack.enter_async_context(listening("events", user)) for _ in range(11)
            ]
            async with asyncio.timeout(PATIENCE_S):
                await streams[0].ended.wait()
            assert not any(stream.ended.is_set() for stream in streams[1:])
        valkey.reconnect()


async def test_a_socket_is_closed_at_shutdown(config: Config) -> None:
    server = Server(create_app(config))
    await server.start_server(auto_decompress=False)
    user = await register(server.base_url)
    async with listening("socket", user) as stream:
        await server.close()
        async with asyncio.timeout(PATIENCE_S):
            await stream.ended.wait()
        assert stream.close_code == 1001


async def test_a_stream_follows_its_user_back_to_the_version_of_a_backup(config: Config) -> None:
    owner = config.changed(database_url=config.stores.owner_url)
    async with (
        serving(config.changed(stream_keepalive_s=0.1)) as server,
        await create_pool(owner) as pool,
    ):
        user = await register(server.base_url)
        await user.push(push_of("Rye"))
        backup = await Backup.make(pool, user.user_id)
        await user.push(push_of("Spelt"))
        async with listening("events", user) as stream:
            await _until_sent(stream, 2)
            await backup.restore(pool)
            await begin_epochs(config, [user.user_id])
            await _until_sent(stream, 1)
            await user.push(push_of("Oats"))
            await _until_sent(stream, 2)


async def _until_sent(stream: Stream, version: int) -> None:
    """Wait until the last event of a stream has this version."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while f'"version": {version}}}' not in next(
                (line for line in reversed(stream.lines) if "version" in line), ""
            ):
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"no version {version} in {stream.lines}")


async def test_streams_that_open_at_once_in_a_new_process_are_all_notified(redis_url: str) -> None:
    users = [str(number) for number in range(20)]
    async with (
        Redis.from_pool(create_connections(redis_url, 1)) as redis,
        redis.pubsub(ignore_subscribe_messages=True) as pubsub,
    ):
        subscriptions = VersionSubscriptions(Channels(pubsub))
        receiver = asyncio.create_task(subscriptions.run())
        with ExitStack() as stack:
            listeners = [stack.enter_context(subscriptions.listening(it, "s")) for it in users]
            await asyncio.gather(*(subscriptions.subscribe(it) for it in users))
            for user in users:
                await redis.publish(channel(user), 1)
            notified = await asyncio.gather(*(it.wait(PATIENCE_S) for it in listeners))
            assert (notified, {it.version for it in listeners}) == ([True] * 20, {1})
        receiver.cancel()
        await asyncio.gather(receiver, return_exceptions=True)
