"""Endpoints of push services that users name: https to public addresses only.

Without these checks a user could make the server call hosts of its own network.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

MAX_URL = 2048
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa", ".lan")
# Addresses of IPv4 in IPv6: a translator on the way would reach what is within.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")


class ForbiddenAddress(OSError):
    """The name of an endpoint resolves to an address that is not public."""


def is_public(text: str) -> bool:
    """True for an IP address that is reached over the internet only."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64 or address in _LOCAL_NAT64 or address.teredo:
            return False
        within = address.ipv4_mapped or address.sixtofour
        if within is not None:
            return is_public(str(within))
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def endpoint_problem(text: str, *, loopback: bool = False) -> str:
    """The reason why a URL cannot be an endpoint, empty if it can; names are not resolved.

    `loopback` allows this machine, and http to it.
    """
    if len(text) > MAX_URL or not text.isascii() or not text.isprintable() or " " in text:
        return f"Must be a URL of at most {MAX_URL} characters in ASCII."
    try:
        url = urlsplit(text)
        host, port = url.hostname or "", url.port
    except ValueError:
        return "Is not a URL."
    if loopback and host in _LOOPBACK_NAMES and url.scheme in ("http", "https"):
        return ""
    if url.scheme != "https":
        return "Must be an https URL."
    if not host or port == 0 or url.username or url.password or url.fragment:
        return "Must have a host, no user and no fragment."
    if not _is_public_host(host.rstrip(".")):
        return "Must have a public host."
    return ""


def origin_of(url: str) -> str:
    """Origin of an endpoint, `aud` of its VAPID token."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class PublicResolver(AbstractResolver):
    """Resolver of names whose addresses are all public; the connection uses these addresses.

    A name that resolves otherwise a moment later is thereby of no use.
    """

    def __init__(self, *, loopback: bool = False) -> None:
        self._inner: AbstractResolver = ThreadedResolver()
        self._loopback = loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses of a host; raises ForbiddenAddress."""
        results = await self._inner.resolve(host, port, family)
        if self._loopback and host in _LOOPBACK_NAMES:
            return results
        for result in results:
            if not is_public(result["host"]):
                raise ForbiddenAddress(f"{host} is not public")
        return results

    async def close(self) -> None:
        """Close the resolver within."""
        await self._inner.close()


def _is_public_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # A name of one label, or of digits as old resolvers take for an address, is no host of
        # the internet.
        last = host.rpartition(".")[2]
        return (
            "." in host
            and last.isalpha() | last.startswith("xn--")
            and not (host.endswith(_LOCAL_SUFFIXES))
        )
    return is_public(host)
