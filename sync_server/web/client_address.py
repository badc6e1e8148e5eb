"""Client address: the peer's, or the one that trusted proxies report.

Of aiohttp-remotes this takes the networks and the check of one address. Its middlewares do not
fit: they trust the header of any peer, answer 400 to what a client has made up, and
clone the request, which loses what is later stored on it.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp import hdrs, web
from aiohttp_remotes.exceptions import IPRule, UntrustedIP
from aiohttp_remotes.utils import check_ip

from sync_server.config.settings import CONFIG

UNKNOWN_ADDRESS = "nowhere"
SITE_BITS = 64
Address = IPv4Address | IPv6Address


def address_of(request: web.Request) -> str:
    """Address of the client for rate limits: IPv4, or the /64 network of an IPv6 address."""
    peer = parse_address(request.remote or "")
    if peer is None:
        return UNKNOWN_ADDRESS
    hops = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ())).split(",")
    return rate_limit_address(
        first_untrusted(peer, hops, request.app[CONFIG].serving.trusted_proxies)
    )


def first_untrusted(peer: Address, hops: Sequence[str], trusted: Sequence[IPRule]) -> Address:
    """The nearest address that is no trusted proxy: each of these vouches for one hop only.

    Addresses further off come from an untrusted host, so they are ignored.
    """
    address = peer
    for hop in reversed(hops):
        if not _is_trusted(address, trusted):
            break
        before = parse_address(hop.strip())
        if before is None:
            break
        address = before
    return address


def parse_address(text: str) -> Address | None:
    """The address in a header or of a peer, with or without a port; IPv4 within IPv6 is IPv4."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def rate_limit_address(address: Address) -> str:
    """The address as a subject of counting: a household has a /64 of IPv6 addresses."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), SITE_BITS), strict=False))


def _is_trusted(address: Address, trusted: Sequence[IPRule]) -> bool:
    try:
        check_ip(trusted, address)
    except UntrustedIP:
        return False
    return True
