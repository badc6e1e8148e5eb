"""Valkey commands of many requests, to one server or to the nodes of a cluster."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeAlias

from aiohttp import web
from redis.exceptions import ResponseError

from sync_server.config.redis_topology import Topology, parse_redis_url
from sync_server.store.command_pipeline import Argument, Command, CommandPipeline
from sync_server.store.redis import TIMEOUT_S, create_cluster


class ClusterCommands:
    """A CommandPipeline for a cluster: each command goes to the node that has its keys."""

    def __init__(self, topology: Topology) -> None:
        self._cluster = create_cluster(topology)

    async def execute(self, *command: Argument) -> Any:
        """The reply of a command; raises RedisError, OSError or TimeoutError."""
        async with asyncio.timeout(2 * TIMEOUT_S):
            return await self._cluster.execute_command(*command)

    async def execute_all(self, commands: Sequence[Command]) -> list[Any]:
        """The replies of commands; an error reply is one of them."""
        replies = await asyncio.gather(
            *(self.execute(*command) for command in commands), return_exceptions=True
        )
        for reply in replies:
            if isinstance(reply, BaseException) and not isinstance(reply, ResponseError):
                raise reply
        return replies

    async def close(self) -> None:
        """Close all connections."""
        await self._cluster.aclose()


def create_commands(url: str) -> CommandPipeline | ClusterCommands:
    """The pipeline for a URL."""
    topology = parse_redis_url(url)
    return ClusterCommands(topology) if topology.kind == "cluster" else CommandPipeline(url)


Commands: TypeAlias = CommandPipeline | ClusterCommands
COMMANDS: web.AppKey[Commands] = web.AppKey("commands")
