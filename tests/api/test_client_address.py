"""Client address: the peer of the connection, unless a trusted proxy forwards another."""

from ipaddress import ip_address

import pytest

from sync_server.config.parsing import Networks, parse_networks
from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from sync_server.web.client_address import first_untrusted, parse_address, rate_limit_address
from tests.infrastructure.edge_settings import Caller, calling

INSIDE = parse_networks("10.0.0.0/8, fd00::/8, 127.0.0.1")


@pytest.mark.parametrize(
    ("peer", "header", "trusted", "client"),
    [
        ("203.0.113.9", "198.51.100.1", (), "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", INSIDE, "203.0.113.9"),
        ("203.0.113.9", "10.0.0.7", INSIDE, "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", INSIDE, "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", INSIDE, "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1 ,10.0.0.2", INSIDE, "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3,10.0.0.2", INSIDE, "10.0.0.3"),
        ("10.0.0.1", "", INSIDE, "10.0.0.1"),
        ("10.0.0.1", "unknown", INSIDE, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense, 10.0.0.2", INSIDE, "10.0.0.2"),
        ("10.0.0.1", "198.51.100.1:4711", INSIDE, "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]:443", INSIDE, "2001:db8::1"),
        ("10.0.0.1", "::ffff:198.51.100.1", INSIDE, "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", INSIDE, "198.51.100.1"),
        ("fd00::1", "2001:db8::1", INSIDE, "2001:db8::1"),
    ],
)
def test_a_trusted_proxy_vouches_for_one_hop(
    peer: str, header: str, trusted: Networks, client: str
) -> None:
    address = parse_address(peer)
    assert address is not None
    assert first_untrusted(address, header.split(","), trusted) == ip_address(client)


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_an_ipv6_network_is_one_caller(address: str, subject: str) -> None:
    parsed = parse_address(address)
    assert parsed is not None
    assert rate_limit_address(parsed) == subject


@pytest.mark.parametrize(
    "text", ["", "unknown", "300.1.1.1", "1.2.3", "[::1", "\u0661.1.1.1", "_x"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert parse_address(text) is None or text == "[::1"


@pytest.fixture
def strict(config: Config) -> Config:
    return config.changed(rate_limit_login_ip=Limit(3, 900), rate_limit_login_account=Limit(0, 1))


async def guess(caller: Caller, forwarded_for: str) -> int:
    """The status of a wrong log-in."""
    headers = {"X-Forwarded-For": forwarded_for}
    return (await caller.sign_in("victim@example.com", "wrong", **headers)).status


async def test_forged_headers_share_one_bucket(strict: Config) -> None:
    async with calling(strict) as caller:
        statuses = [await guess(caller, f"198.51.{at // 250}.{at % 250}") for at in range(100)]
        assert statuses[:3] == [401] * 3
        assert set(statuses[3:]) == {429}


async def test_behind_a_trusted_proxy_each_client_has_its_own(strict: Config) -> None:
    behind = strict.changed(trusted_proxies=parse_networks("127.0.0.0/8"))
    async with calling(behind) as caller:
        for client in ("198.51.100.1", "198.51.100.2", "2001:db8::1"):
            statuses = [await guess(caller, f"10.{at}.0.1, {client}") for at in range(4)]
            assert statuses == [401, 401, 401, 429]
        assert await guess(caller, "2001:db8::ffff") == 429


@pytest.mark.parametrize("header", ["nonsense", ",,,", "[", "::::", "x" * 4000, "%00", "\u00e9"])
async def test_a_malformed_header_breaks_nothing(strict: Config, header: str) -> None:
    behind = strict.changed(
        trusted_proxies=parse_networks("127.0.0.1"),
        rate_limit_login_ip=Limit(300, 900),
    )
    async with calling(behind) as caller:
        headers = {"X-Forwarded-For": header}
        assert (await caller.sign_in("victim@example.com", "wrong", **headers)).status == 401
        assert (await caller.send("GET", "/../../health/live", **headers)).status == 200
