"""Valkey as a cluster, and with sentinels: processes on loopback ports."""

import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from sync_server.store.embedded.valkey import binary

SLOTS = 16384


@dataclass(slots=True)
class Node:
    """A Valkey process."""

    port: int
    bus: int
    process: "subprocess.Popen[bytes]"

    def client(self) -> "Redis":
        """Client of this process alone."""
        return Redis(port=self.port, socket_timeout=5)

    def kill(self) -> None:
        """End it at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@dataclass(slots=True)
class Nodes:
    """Processes that belong together, in one directory."""

    directory: Path
    all: list[Node] = field(default_factory=list)

    def start(self, *, sentinel: str = "", **settings: str) -> Node:
        """A new process; `sentinel` is the configuration of one."""
        port, bus = _free_ports()
        place = self.directory / str(port)
        place.mkdir()
        lines = {"port": str(port), "dir": str(place), "bind": "127.0.0.1", "save": "''"}
        if "cluster_enabled" in settings:
            lines["cluster-port"] = str(bus)
        if sentinel:
            del lines["save"]
        lines |= {name.replace("_", "-"): value for name, value in settings.items()}
        text = "".join(f"{name} {value}\n" for name, value in lines.items()) + sentinel
        (place / "valkey.conf").write_text(text)
        command = [str(binary()), str(place / "valkey.conf")] + ["--sentinel"] * bool(sentinel)
        with (place / "log").open("wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        node = Node(port, bus, process)
        self.all.append(node)
        wait_for(lambda: bool(node.client().ping()))
        return node


@contextmanager
def processes() -> Iterator[Nodes]:
    """Nodes that end with the block."""
    with tempfile.TemporaryDirectory(prefix="tf-valkeys-") as name, ExitStack() as stack:
        nodes = Nodes(Path(name))
        try:
            yield nodes
        finally:
            for node in nodes.all:
                stack.callback(node.kill)


@contextmanager
def cluster() -> Iterator[tuple[str, Nodes]]:
    """Three primaries with a third of the slots each, and a replica of the first."""
    with processes() as nodes:
        for _ in range(4):
            nodes.start(
                cluster_enabled="yes", cluster_node_timeout="500", repl_diskless_sync_delay="0"
            )
        first, *others, replica = nodes.all
        for node in (*others, replica):
            _ask(first, "CLUSTER", "MEET", "127.0.0.1", node.port, node.bus)
        for index, node in enumerate((first, *others)):
            begin, end = index * SLOTS // 3, (index + 1) * SLOTS // 3 - 1
            _ask(node, "CLUSTER", "ADDSLOTSRANGE", begin, end)
        name = first.client().execute_command("CLUSTER", "MYID")
        wait_for(lambda: bool(_ask(replica, "CLUSTER", "REPLICATE", name)))
        wait_for(lambda: all(_knows(node, 3, name) for node in nodes.all))
        wait_for(lambda: replica.client().info("replication")["master_link_status"] == "up")
        addresses = ",".join(f"127.0.0.1:{node.port}" for node in (first, *others, replica))
        yield f"redis+cluster://{addresses}", nodes


@contextmanager
def watched() -> Iterator[tuple[str, Nodes]]:
    """A primary, its replica, and three sentinels."""
    with processes() as nodes:
        primary = nodes.start()
        nodes.start(replicaof=f"127.0.0.1 {primary.port}", repl_diskless_sync_delay="0")
        settings = (
            f"sentinel monitor cache 127.0.0.1 {primary.port} 2\n"
            "sentinel down-after-milliseconds cache 400\n"
            "sentinel failover-timeout cache 3000\n"
        )
        sentinels = [nodes.start(sentinel=settings) for _ in range(3)]
        wait_for(lambda: all(_sees_all(node) for node in sentinels), 30)
        addresses = ",".join(f"127.0.0.1:{node.port}" for node in sentinels)
        yield f"redis+sentinel://{addresses}/cache/2", nodes


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Return when the condition holds; errors of a server that is not ready count as no."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except RedisError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError("Valkey is not ready.")
        time.sleep(0.02)


def _ask(node: Node, *command: str | int | bytes) -> object:
    return node.client().execute_command(*command)


def _knows(node: Node, primaries: int, replicated: bytes) -> bool:
    """True if the node sees a whole cluster, with a replica of the first."""
    if node.client().cluster("INFO")["cluster_state"] != "ok":
        return False
    text: bytes = node.client().execute_command("CLUSTER", "NODES")
    return text.count(b"\n") == primaries + 1 and text.count(replicated) == 2


def _sees_all(sentinel: Node) -> bool:
    state: Any = sentinel.client().sentinel_master("cache")
    return bool(state["num-slaves"] == 1 and state["num-other-sentinels"] == 2)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
