"""Rate limits: a client above a limit gets 429 and the time of the next try; others do not."""

import asyncio
import re
import time
import uuid
from dataclasses import fields
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from redis.asyncio import Redis

from sync_server.app import create_app
from sync_server.config.rate_limits import Limit, RateLimitSettings
from sync_server.config.settings import Config
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import EXPORT, OCR, POLICIES, Policy, limited
from sync_server.rate_limit.redis_window import STRICT_DIVISOR
from sync_server.web.identity import public
from tests.infrastructure.edge_settings import Caller, calling
from tests.infrastructure.server import Server
from tests.support.client import PASSWORD, Client, Json, Response

# Structured fields (RFC 9651) as far as the draft uses them: a list of strings with integers.
MEMBER = re.compile(r'"([a-z-]+)"((?:;[a-z]+=(?:0|[1-9][0-9]{0,14}))*)')
Parameters = dict[str, dict[str, int]]


def parsed(header: str) -> Parameters:
    """The list's members by name."""
    members: Parameters = {}
    for text in header.split(", "):
        found = MEMBER.fullmatch(text)
        assert found, header
        pairs = [pair.split("=") for pair in found[2].split(";")[1:]]
        members[found[1]] = {name: int(number) for name, number in pairs}
    return members


def left(answer: Response) -> dict[str, int]:
    """Remaining quota by policy."""
    return {name: it["r"] for name, it in parsed(answer.headers["RateLimit"]).items()}


def change(clock: int) -> Json:
    return {
        "collection": "workout_sessions", "id": str(uuid.uuid4()), "op": "put", "clock": clock,
        "data": {"date": "2026-11-23", "name": "Push day"},
    }  # fmt: skip


class Device(Client):
    """A device of a new user."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self.id = str(uuid.uuid4())

    @classmethod
    async def new(cls, caller: Caller) -> "Device":
        device = cls(caller.base_url)
        await device.register()
        return device

    def batch(self, changes: int) -> Json:
        now_us = time.time_ns() // 1000
        return {"device_id": self.id, "changes": [change(now_us - it) for it in range(changes)]}

    async def sync(self, body: Json, key: str = "") -> Response:
        parts = {"push": body, "pull": {}}
        return await self.send("POST", "/sync", parts, Idempotency_Key=key or str(uuid.uuid4()))

    async def pull_page(self) -> Response:
        return await self.send("GET", "/sync/pull")


async def forget_limits(config: Config) -> None:
    """Let time pass."""
    async with Redis.from_url(config.stores.redis_url) as valkey:
        keys = [key async for key in valkey.scan_iter("rl:*")]
        await valkey.delete("nothing", *keys)


@pytest.fixture(autouse=True)
async def nothing_spent(config: Config) -> None:
    """All tests come from one address."""
    await forget_limits(config)


async def test_every_answer_of_a_limited_route_tells_its_policies(config: Config) -> None:
    policy = '"login-ip";q=300;w=900, "login-account";q=20;w=900'
    async with calling(config) as caller:
        await caller.sign_up("known@example.com")
        right = await caller.sign_in("known@example.com")
        wrong = await caller.sign_in("known@example.com", "wrong")
        malformed = await caller.send("POST", "/auth/login", {})
        assert [it.status for it in (right, wrong, malformed)] == [200, 401, 422]
        for answer in (right, wrong, malformed):
            assert answer.headers["RateLimit-Policy"] == policy
        assert parsed(policy)["login-ip"] == {"q": 300, "w": 900}
        assert left(wrong) == {"login-ip": 299, "login-account": 19}
        assert parsed(wrong.headers["RateLimit"])["login-ip"]["t"] in (899, 900)
        assert "RateLimit" not in malformed.headers
        other = await caller.send("GET", "/sync/config")
        assert "RateLimit-Policy" not in other.headers


async def test_only_wrong_passwords_count(config: Config) -> None:
    async with calling(config.changed(rate_limit_login_account=Limit(3, 900))) as caller:
        await caller.sign_up("forgetful@example.com")
        for _ in range(5):
            answer = await caller.sign_in("forgetful@example.com")
            assert answer.status == 200
            assert left(answer) == {"login-ip": 300, "login-account": 3}
        for expected in (2, 1, 0):
            answer = await caller.sign_in("forgetful@example.com", "wrong")
            assert left(answer)["login-account"] == expected
        rejected = await caller.sign_in("forgetful@example.com")
        assert (rejected.status, rejected.json["code"]) == (429, "rate_limited")
        assert (
            int(rejected.headers["Retry-After"])
            >= (parsed(rejected.headers["RateLimit"])["login-account"]["t"])
        )
        assert left(rejected) == {"login-ip": 297, "login-account": 0}


async def test_an_account_is_one_however_it_is_spelled_and_no_other(config: Config) -> None:
    async with calling(config.changed(rate_limit_login_account=Limit(2, 900))) as caller:
        for email, expected in [
            ("jos\u00e9@example.com", 401),
            (" JOSE\u0301@Example.com ", 401),
            ("Jos\u00e9@example.com", 429),
            ("anna@example.com", 401),
        ]:
            assert (await caller.sign_in(email, "wrong")).status == expected, email


async def test_guesses_at_many_accounts_count_for_their_address(config: Config) -> None:
    async with calling(config.changed(rate_limit_login_ip=Limit(3, 900))) as caller:
        guesses = [await caller.sign_in(f"{at}@example.com", "wrong") for at in range(4)]
        assert [it.status for it in guesses] == [401, 401, 401, 429]


async def test_guesses_sent_all_at_once_are_counted(config: Config) -> None:
    async with calling(config) as caller:
        await caller.sign_up("victim@example.com")
        answers = await asyncio.gather(
            *(caller.sign_in("victim@example.com", f"guess {at}") for at in range(200))
        )
        statuses = [answer.status for answer in answers]
        assert set(statuses) <= {401, 429, 503}
        # A busy machine may miss Valkey's answers: then the process has a quarter of its own.
        assert 1 <= statuses.count(401) <= 20 + 20 // STRICT_DIVISOR
        assert statuses.count(429) >= 100


async def test_registrations_count_by_address_and_by_email(config: Config) -> None:
    limits = config.changed(
        rate_limit_register_ip=Limit(4, 60), rate_limit_register_account=Limit(2, 3600)
    )
    async with calling(limits) as caller:
        email = f"{uuid.uuid4()}@example.com"
        statuses = [(await caller.sign_up(email)).status for _ in range(3)]
        assert statuses == [201, 409, 429]
        assert [(await caller.sign_up()).status for _ in range(3)] == [201, 201, 429]


async def test_refreshes_count_by_session(config: Config) -> None:
    async with calling(config.changed(rate_limit_refresh_family=Limit(2, 60))) as caller:
        phone = (await caller.sign_up("two@example.com")).json
        tablet = (await caller.sign_in("two@example.com")).json
        statuses = []
        for _ in range(3):
            answer = await caller.send(
                "POST", "/auth/refresh", {"refresh_token": phone["refresh_token"]}
            )
            statuses.append(answer.status)
            phone = answer.json
        assert statuses == [200, 200, 429]
        body = {"refresh_token": tablet["refresh_token"]}
        assert (await caller.send("POST", "/auth/refresh", body)).status == 200


async def test_a_push_costs_its_changes_and_a_repeat_nothing(config: Config) -> None:
    async with calling(config.changed(rate_limit_push_changes=Limit(100, 60))) as caller:
        device = await Device.new(caller)
        body, key = device.batch(30), str(uuid.uuid4())
        first = await device.push(body, key)
        assert left(first) == {"push-changes": 70}
        repeats = [await device.push(body, key) for _ in range(3)]
        assert {it.status for it in repeats} == {200}
        assert left(await device.push(device.batch(1))) == {"push-changes": 69}


async def test_a_refused_push_stores_nothing_and_may_come_again(config: Config) -> None:
    async with calling(config.changed(rate_limit_push_changes=Limit(10, 60))) as caller:
        device = await Device.new(caller)
        assert (await device.push(device.batch(8))).status == 200
        body, key = device.batch(5), str(uuid.uuid4())
        rejected = await device.push(body, key)
        assert (rejected.status, rejected.json["code"]) == (429, "rate_limited")
        assert 1 <= int(rejected.headers["Retry-After"]) <= 60
        assert (await device.pull_page()).json["changes"][-1]["version"] == 8
        await forget_limits(config)
        again = await device.push(body, key)
        assert (again.status, "Idempotent-Replay" in again.headers) == (200, False)
        assert left(again) == {"push-changes": 5}


async def test_a_push_above_the_limit_passes_when_nothing_was_spent(config: Config) -> None:
    async with calling(config.changed(rate_limit_push_changes=Limit(10, 60))) as caller:
        device = await Device.new(caller)
        assert left(await device.push(device.batch(50))) == {"push-changes": 0}
        assert (await device.push(device.batch(1))).status == 429


async def test_pushes_have_a_limit_of_their_number_as_well(config: Config) -> None:
    limits = config.changed(
        rate_limit_push_changes=Limit(100, 60), rate_limit_push_requests=Limit(2, 60)
    )
    async with calling(limits) as caller:
        device = await Device.new(caller)
        pushes = [await device.push(device.batch(1)) for _ in range(3)]
        assert [it.status for it in pushes] == [200, 200, 429]
        assert left(pushes[1]) == {"push-changes": 98}
        assert int(pushes[2].headers["Retry-After"]) >= 1
    async with calling(limits.changed(rate_limit_push_changes=Limit(0, 1))) as caller:
        device = await Device.new(caller)
        assert {(await device.push(device.batch(1))).status for _ in range(3)} == {200}


async def test_a_pull_costs_a_request_for_each_five_hundred_records(config: Config) -> None:
    async with calling(config.changed(rate_limit_pull_requests=Limit(20, 60))) as caller:
        device = await Device.new(caller)
        for limit, rest in ((1, 19), (500, 18), (501, 16), (5000, 6)):
            answer = await device.send("GET", f"/sync/pull?limit={limit}")
            assert left(answer) == {"pull-requests": rest}


async def test_users_do_not_spend_from_each_other(config: Config) -> None:
    async with calling(config.changed(rate_limit_pull_requests=Limit(2, 60))) as caller:
        greedy, modest = await Device.new(caller), await Device.new(caller)
        assert [(await greedy.pull_page()).status for _ in range(3)] == [200, 200, 429]
        assert left(await modest.pull_page()) == {"pull-requests": 1}


async def test_sync_spends_from_both_or_from_none(config: Config) -> None:
    limits = config.changed(
        rate_limit_pull_requests=Limit(2, 60), rate_limit_push_changes=Limit(100, 60)
    )
    async with calling(limits) as caller:
        device = await Device.new(caller)
        body, key = device.batch(10), str(uuid.uuid4())
        assert left(await device.sync(body, key)) == {"push-changes": 90, "pull-requests": 1}
        await device.pull_page()
        rejected = await device.sync(device.batch(10))
        assert rejected.status == 429
        assert left(rejected) == {"push-changes": 90, "pull-requests": 0}
        assert left(await device.push(device.batch(1))) == {"push-changes": 89}


async def test_a_limit_of_0_costs_and_says_nothing(config: Config) -> None:
    off: dict[str, Any] = {it.name: Limit(0, 1) for it in fields(RateLimitSettings)}
    async with calling(config.changed(**off)) as caller:
        device = await Device.new(caller)
        answers = [await device.push(device.batch(2)), await device.pull_page()]
        answers += [await caller.sign_in("a@example.com", "wrong") for _ in range(25)]
        for answer in answers:
            assert answer.status != 429
            assert not {"RateLimit", "RateLimit-Policy"} & answer.headers.keys()
    async with Redis.from_url(config.stores.redis_url) as valkey:
        assert [key async for key in valkey.scan_iter("rl:*")] == []


async def test_addresses_and_emails_are_not_kept_in_the_clear(config: Config) -> None:
    async with calling(config) as caller:
        await caller.sign_in("canary@example.com", "wrong")
    async with Redis.from_url(config.stores.redis_url) as valkey:
        keys = [key.decode() async for key in valkey.scan_iter("*")]
        spent = [key for key in keys if key.startswith("rl:")]
        assert {key.rpartition(":")[2] for key in spent} == {
        "login-account", "login-account-all", "login-ip",
    }  # fmt: skip
        assert all(re.fullmatch(r"rl:\{[0-9a-f]{32}\}:[a-z-]+", key) for key in spent)
        assert not any("canary" in key or "127.0.0" in key for key in keys)


async def test_without_valkey_guesses_are_limited_to_a_quarter(config: Config) -> None:
    away = config.changed(
        redis_url="unix:///nowhere/valkey.sock", rate_limit_login_account=Limit(8, 900)
    )
    async with calling(away) as caller:
        await caller.sign_up("offline@example.com")
        for _ in range(3):
            assert (await caller.sign_in("offline@example.com")).status == 200
        guesses = [await caller.sign_in("offline@example.com", "wrong") for _ in range(3)]
        assert [it.status for it in guesses] == [401, 401, 429]
        device = await Device.new(caller)
        assert left(await device.push(device.batch(10))) == {"push-changes": 99_990}


async def test_a_handler_spends_only_from_what_it_names(config: Config) -> None:
    @limited(EXPORT)
    @public
    async def careless(request: web.Request) -> web.StreamResponse:
        await charge(request, Cost(OCR, "somebody"))
        return web.Response()

    app = create_app(config)
    app.router.add_get("/careless", careless)
    async with (
        Server(app) as server,
        aiohttp.ClientSession() as http,
        http.get(server.make_url("/careless")) as answer,
    ):
        assert answer.status == 500
        assert parsed(answer.headers["RateLimit-Policy"]) == {"export": {"q": 10, "w": 3600}}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda it: it.name)
def test_every_policy_has_a_setting(policy: Policy) -> None:
    assert isinstance(policy.limit(Config()), Limit)


def test_every_limit_has_a_policy() -> None:
    settings = {it.name for it in fields(RateLimitSettings)}
    assert settings == {"rate_limit_" + it.name.replace("-", "_") for it in POLICIES}


async def test_a_wrong_password_of_somebody_logged_in_counts(config: Config) -> None:
    async with calling(config.changed(rate_limit_password_account=Limit(2, 900))) as caller:
        device = await Device.new(caller)
        statuses = [
            (await device.send("DELETE", "/users/me", {"password": it})).status
            for it in ("wrong", "wrong", PASSWORD)
        ]
        assert statuses == [401, 401, 429]
