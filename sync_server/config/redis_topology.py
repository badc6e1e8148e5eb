"""Addresses of Valkey: one server, the nodes of a cluster, or sentinels that know the primary."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from redis.asyncio.connection import parse_url

_SCHEME = re.compile(r"(rediss?)\+(cluster|sentinel)://")
_DEFAULT_PORT = {"cluster": 6379, "sentinel": 26379}
FORMS = (
    "Must be redis://host:port, redis+cluster://host:port,host:port"
    " or redis+sentinel://host:port,host:port/service."
)
Options: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Topology:
    """The kind of an installation, the addresses to begin with, and the sentinels' service.

    `options` are redis-py's: user, password, TLS, number of the database.
    """

    kind: Literal["single", "cluster", "sentinel"]
    url: str
    nodes: tuple[tuple[str, int], ...] = ()
    service: str = ""
    options: Options = field(default_factory=dict)


def parse_redis_url(url: str) -> Topology:
    """The topology of a URL; raises ValueError.

    A user and a password are for the servers; sentinels are asked without.
    """
    match = _SCHEME.match(url)
    if match is None:
        parse_url(url)
        return Topology("single", url)
    kind: Literal["cluster", "sentinel"] = "cluster" if match[2] == "cluster" else "sentinel"
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    nodes = tuple(_address(item, _DEFAULT_PORT[kind]) for item in hosts.split(","))
    user, _, password = credentials.partition(":")
    options: dict[str, Any] = {"ssl": True} if match[1] == "rediss" else {}
    if user:
        options["username"] = unquote(user)
    if password:
        options["password"] = unquote(password)
    service, _, number = parts.path.strip("/").partition("/")
    if kind == "cluster":
        if service or parts.query:
            raise ValueError(FORMS)
        return Topology(kind, url, nodes, options=options)
    if not service or parts.query or not ((number.isascii() and number.isdigit()) or not number):
        raise ValueError(FORMS)
    if number:
        options["db"] = int(number)
    return Topology(kind, url, nodes, service, options)


def _address(text: str, default_port: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port or default_port
    except ValueError:
        host = port = None
    if not host or not port:
        raise ValueError(FORMS)
    return host, port
