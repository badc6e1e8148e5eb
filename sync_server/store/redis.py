"""Clients of Valkey (or Redis), one, a cluster or with sentinels: short timeouts, no retries."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle
from typing import Any, cast

from aiohttp import web
from redis import Redis as SyncRedis
from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import Connection, SSLConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode as SyncNode
from redis.cluster import RedisCluster as SyncCluster
from redis.sentinel import Sentinel as SyncSentinel

from sync_server.config.redis_topology import Topology, parse_redis_url

TIMEOUT_S = 0.25
CONNECTIONS = 64

REDIS: web.AppKey[Redis] = web.AppKey("redis", Redis)


def create_redis(url: str) -> Redis:
    """A client that answers bytes, gives up after 0.25 s and never sends a command twice."""
    topology = parse_redis_url(url)
    if topology.kind == "cluster":
        # It has the commands that are used here under the same names, and is no subclass.
        return cast(Redis, create_cluster(topology))
    if topology.kind == "sentinel":
        return Redis.from_pool(_sentinel_pool(topology, socket_timeout=TIMEOUT_S))
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
    return Redis.from_pool(pool)


def create_cluster(topology: Topology) -> RedisCluster:
    """A client of a cluster: a command goes to the node that has its keys.

    Which node that is, it asks again after a failure, and where a node says otherwise.
    """
    return RedisCluster(
        startup_nodes=[ClusterNode(host, port) for host, port in topology.nodes],
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        require_full_coverage=False,
        retry=Retry(NoBackoff(), 0),
        **topology.options,
    )


def create_pool(url: str, connect_timeout_s: float) -> ConnectionPool:
    """Connections without a read timeout: to the server, the primary, or a node of the cluster."""
    topology = parse_redis_url(url)
    if topology.kind == "sentinel":
        return _sentinel_pool(topology, connect_timeout_s=connect_timeout_s)
    if topology.kind == "single":
        return ConnectionPool.from_url(
            url, socket_connect_timeout=connect_timeout_s, retry=Retry(NoBackoff(), 0)
        )
    options = dict(topology.options)
    connection = AnyNodeTls if options.pop("ssl", False) else AnyNode
    return ConnectionPool(
        connection,
        nodes=topology.nodes,
        socket_connect_timeout=connect_timeout_s,
        retry=Retry(NoBackoff(), len(topology.nodes)),
        **options,
    )


def connect(url: str) -> "SyncRedis | SyncCluster":
    """A client of commands that run and end; raises RedisError where nothing answers."""
    topology = parse_redis_url(url)
    if topology.kind == "single":
        return SyncRedis.from_url(url)
    if topology.kind == "cluster":
        nodes = [SyncNode(host, port) for host, port in topology.nodes]
        return SyncCluster(startup_nodes=nodes, **topology.options)
    sentinels = SyncSentinel(topology.nodes, **topology.options)
    client: SyncRedis = sentinels.master_for(topology.service)
    return client


def _sentinel_pool(
    topology: Topology,
    *,
    socket_timeout: float | None = None,
    connect_timeout_s: float = TIMEOUT_S,
) -> ConnectionPool:
    asking = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
    sentinels = Sentinel(topology.nodes, sentinel_kwargs=asking)
    # redis-py does not type it.
    create: Callable[..., WatchedPool] = WatchedPool
    return create(
        topology.service,
        sentinels,
        max_connections=CONNECTIONS,
        socket_timeout=socket_timeout,
        socket_connect_timeout=connect_timeout_s,
        retry=Retry(NoBackoff(), 0),
        **topology.options,
    )


class WatchedPool(SentinelConnectionPool):
    """Pool of the primary's connections; those to the sentinels are closed with them."""

    async def disconnect(self, inuse_connections: bool = True) -> None:
        """Close the idle connections, or all, with those to the sentinels."""
        await super().disconnect(inuse_connections)
        if inuse_connections:
            for sentinel in self.sentinel_manager.sentinels:
                await sentinel.aclose()


class AnyNode(Connection):
    """Connection to whichever node of a cluster answers: for what all nodes have, notifications."""

    def __init__(self, nodes: Sequence[tuple[str, int]], **options: Any) -> None:
        super().__init__(**options)
        self._nodes = cycle(nodes)

    async def _connect(self) -> None:
        self.host, self.port = next(self._nodes)
        # redis-py does not type it.
        connect_to: Callable[[], Awaitable[None]] = super()._connect
        await connect_to()


class AnyNodeTls(AnyNode, SSLConnection):
    """The same by TLS."""


_CHANNEL = "head:"
CHECK = b"check"
"""Notification without a version: every stream of the user checks its session."""


def channel(user_id: str) -> str:
    """The Valkey channel of the user's notifications."""
    return f"{_CHANNEL}{{{user_id}}}"


def user_of_channel(name: bytes) -> str:
    """The user whose notifications a channel carries."""
    return name.decode().removeprefix(_CHANNEL).strip("{}")
